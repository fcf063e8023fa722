#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::base {

using CsvRow = std::vector<std::string>;

/// Comma-separated values (RFC 4180: quotes, doubled quotes, line breaks within quotes; CR LF or LF; a UTF-8 byte order
/// mark is dropped; empty lines are skipped). `name` is used in messages. Throws Error(input) with the line of an
/// unclosed quote.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name);
std::vector<CsvRow> read_csv(const std::filesystem::path& file);

/// One line without the line break; fields with commas, quotes or line breaks are quoted.
std::string csv_line(const CsvRow& row);

/// A table that grows row by row.
class CsvTable {
 public:
  explicit CsvTable(const CsvRow& header) : text_(csv_line(header) + "\n") {}
  void add(const CsvRow& row) {
    text_ += csv_line(row) + "\n";
    empty_ = false;
  }
  /// No row below the header.
  bool empty() const { return empty_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool empty_ = true;
};

/// A square matrix with names as first row and first column, the way pandas' to_csv writes one.
struct NamedMatrix {
  std::vector<std::string> names;
  std::vector<double> values;  ///< row-major, names.size() squared

  double at(std::size_t row, std::size_t column) const { return values[row * names.size() + column]; }
};

/// Throws Error(input) naming row and column of what is not a number, and for a table that is not square.
NamedMatrix read_matrix_csv(const std::filesystem::path& file);
/// Full precision: every number reads back as the same double.
std::string matrix_csv(const NamedMatrix& matrix);

}  // namespace sightline::base

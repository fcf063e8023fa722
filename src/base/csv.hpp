#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::base {

/// The fields of one record, unquoted.
using CsvRow = std::vector<std::string>;

/// Parses comma-separated values as RFC 4180 defines them: a quoted field may contain commas, doubled quotes and line
/// breaks. Lines end with CR LF or LF. A UTF-8 byte order mark is dropped and empty lines are skipped. `name` stands
/// for the text in error messages. Throws Error(input) with the line number of a quote that is never closed.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name);

/// Parses a file as parse_csv does. Throws Error(input) when the file cannot be read.
std::vector<CsvRow> read_csv(const std::filesystem::path& file);

/// Formats one record without a line break at its end. Fields with commas, quotes or line breaks are quoted.
std::string csv_line(const CsvRow& row);

/// Builds the text of a CSV file row by row; every line ends with LF.
class CsvTable {
 public:
  explicit CsvTable(const CsvRow& header) : text_(csv_line(header) + "\n") {}
  void add(const CsvRow& row) {
    text_ += csv_line(row) + "\n";
    empty_ = false;
  }
  /// Whether the table has no row below its header.
  bool empty() const { return empty_; }
  /// The header and all rows so far.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool empty_ = true;
};

/// A square matrix whose rows and columns have the same names.
struct NamedMatrix {
  std::vector<std::string> names;
  std::vector<double> values;  ///< row-major, names.size() x names.size()

  double at(std::size_t row, std::size_t column) const { return values[row * names.size() + column]; }
};

/// Reads a matrix from a CSV with the names in the first row and in the first column, as written by pandas' to_csv.
/// Throws Error(input) when the table is not square, when the names of rows and columns differ, and when a cell is not
/// a finite number; the message names the row and the column.
NamedMatrix read_matrix_csv(const std::filesystem::path& file);

/// Formats a matrix as the CSV that read_matrix_csv reads. Every number is written such that it reads back as the same
/// double.
std::string matrix_csv(const NamedMatrix& matrix);

}  // namespace sightline::base

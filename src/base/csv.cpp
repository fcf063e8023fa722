#include "base/csv.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace sightline::base {
namespace {

/// Parses in one pass over the text. `field_` and `row_` hold the field and the record that have not ended yet.
class CsvParser {
 public:
  CsvParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  std::vector<CsvRow> parse() {
    for (position_ = 0; position_ < text_.size(); ++position_) {
      step(text_[position_]);
    }
    if (quoted_) {
      throw input_error("{}: line {}: a quote is opened and never closed", name_, quote_line_);
    }
    end_row();
    return std::move(rows_);
  }

 private:
  void step(char character) {
    line_ += character == '\n' ? 1 : 0;
    if (quoted_) {
      step_quoted(character);
    } else if (character == '"' && field_.empty()) {
      quoted_ = true;
      quote_line_ = line_;
    } else if (character == ',') {
      row_.push_back(std::move(field_));
      field_.clear();
    } else if (character == '\n') {
      end_row();
    } else if (character != '\r') {
      field_ += character;
    }
  }

  void step_quoted(char character) {
    if (character != '"') {
      field_ += character;
    } else if (position_ + 1 < text_.size() && text_[position_ + 1] == '"') {
      field_ += '"';
      ++position_;
    } else {
      quoted_ = false;
    }
  }

  void end_row() {
    if (row_.empty() && field_.empty()) {
      return;
    }
    row_.push_back(std::move(field_));
    field_.clear();
    rows_.push_back(std::move(row_));
    row_.clear();
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::size_t quote_line_ = 0;
  bool quoted_ = false;
  std::string field_;
  CsvRow row_;
  std::vector<CsvRow> rows_;
};

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") {
    text.remove_prefix(3);
  }
  return CsvParser(text, name).parse();
}

std::vector<CsvRow> read_csv(const std::filesystem::path& file) {
  return parse_csv(read_text(file), file.string());
}

std::string csv_line(const CsvRow& row) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    line += i == 0 ? "" : ",";
    if (row[i].find_first_of(",\"\r\n") == std::string::npos) {
      line += row[i];
      continue;
    }
    line += '"';
    for (const char character : row[i]) {
      line += character == '"' ? std::string("\"\"") : std::string(1, character);
    }
    line += '"';
  }
  return line;
}

NamedMatrix read_matrix_csv(const std::filesystem::path& file) {
  const auto rows = read_csv(file);
  if (rows.size() < 2 || rows[0].size() != rows.size()) {
    throw input_error("{}: is not a square matrix with names as first row and column: {} rows of {} fields",
                      file.string(), rows.size(), rows.empty() ? 0 : rows[0].size());
  }
  NamedMatrix matrix;
  matrix.names.assign(rows[0].begin() + 1, rows[0].end());
  for (std::size_t row = 1; row < rows.size(); ++row) {
    const auto& name = matrix.names[row - 1];
    if (rows[row].size() != rows[0].size() || rows[row][0] != name) {
      throw input_error("{}: row {} should be named '{}' and have {} fields; it is '{}' with {}", file.string(),
                        row + 1, name, rows[0].size(), rows[row][0], rows[row].size());
    }
    for (std::size_t column = 1; column < rows[row].size(); ++column) {
      const auto value = parse_number(trim(rows[row][column]));
      if (!value) {
        throw input_error("{}: row '{}', column '{}': '{}' is not a finite number", file.string(), name,
                          matrix.names[column - 1], rows[row][column]);
      }
      matrix.values.push_back(*value);
    }
  }
  return matrix;
}

std::string matrix_csv(const NamedMatrix& matrix) {
  CsvRow header = {""};
  header.insert(header.end(), matrix.names.begin(), matrix.names.end());
  std::string text = csv_line(header) + "\n";
  for (std::size_t row = 0; row < matrix.names.size(); ++row) {
    CsvRow line = {matrix.names[row]};
    for (std::size_t column = 0; column < matrix.names.size(); ++column) {
      line.push_back(python_number(matrix.at(row, column)));
    }
    text += csv_line(line) + "\n";
  }
  return text;
}

}  // namespace sightline::base

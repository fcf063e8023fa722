#include "clustering/matrix_check.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"

namespace sightline::clustering {
namespace {

using base::NamedMatrix;
using base::python_number;

/// The text "row 'a', column 'b': VALUE", the beginning of what is wrong with a cell.
std::string cell(const NamedMatrix& matrix, std::size_t row, std::size_t column) {
  return fmt::format("row '{}', column '{}': {}", matrix.names[row], matrix.names[column],
                     python_number(matrix.at(row, column)));
}

double tolerance(const NamedMatrix& matrix) {
  double largest = 0.0;
  for (const double value : matrix.values) {
    largest = std::max(largest, std::abs(value));
  }
  return rounding * largest;
}

void check_shape(const NamedMatrix& matrix, const std::string& source) {
  const auto items = matrix.names.size();
  if (items == 0 || matrix.values.size() != items * items) {
    throw base::input_error("{}: {} names and {} numbers are not a square matrix; {} numbers would be", source, items,
                            matrix.values.size(), items * items);
  }
  std::set<std::string> seen;
  for (const auto& name : matrix.names) {
    if (!seen.insert(name).second) {
      throw base::input_error("{}: the name '{}' stands for two rows; every row needs a name of its own", source, name);
    }
  }
}

void check_range(const NamedMatrix& matrix, Numbers numbers, const std::string& source) {
  const double slack = tolerance(matrix);
  for (std::size_t row = 0; row < matrix.names.size(); ++row) {
    for (std::size_t column = 0; column < matrix.names.size(); ++column) {
      const double value = matrix.at(row, column);
      if (numbers == Numbers::dissimilarities && value < -slack) {
        throw base::input_error(
            "{}: {} is negative; dissimilarities are at least 0 (--cluster.kind says what a CSV holds)", source,
            cell(matrix, row, column));
      }
      if (numbers == Numbers::similarities && value > 1.0 + slack) {
        throw base::input_error(
            "{}: {} is above 1; similarities S are clustered by 1 - S, so they are at most 1 (--cluster.kind says what "
            "a CSV holds)",
            source, cell(matrix, row, column));
      }
    }
  }
}

}  // namespace

void check_matrix(const NamedMatrix& matrix, Numbers numbers, const std::string& source) {
  check_shape(matrix, source);
  const auto items = matrix.names.size();
  for (std::size_t i = 0; i < matrix.values.size(); ++i) {
    if (!(std::abs(matrix.values[i]) <= largest_number)) {
      throw base::input_error("{}: {} is not a finite number of at most {}", source, cell(matrix, i / items, i % items),
                              largest_number);
    }
  }
  const double slack = tolerance(matrix);
  for (std::size_t row = 0; row < items; ++row) {
    for (std::size_t column = row + 1; column < items; ++column) {
      if (std::abs(matrix.at(row, column) - matrix.at(column, row)) > slack) {
        throw base::input_error("{}: {} but {}; the matrix must be symmetric", source, cell(matrix, row, column),
                                cell(matrix, column, row));
      }
    }
  }
  check_range(matrix, numbers, source);
}

void check_diagonal(const NamedMatrix& matrix, Numbers numbers, const std::string& source) {
  const bool similar = numbers == Numbers::similarities;
  const double slack = tolerance(matrix);
  for (std::size_t row = 0; row < matrix.names.size(); ++row) {
    for (std::size_t column = 0; column < matrix.names.size(); ++column) {
      const double gap = matrix.at(row, row) - matrix.at(row, column);
      if ((similar ? -gap : gap) > slack) {
        throw base::input_error(
            "{}: {} is {} than {} on the diagonal; an item is {} itself than any other. Is it a matrix of {} "
            "(--cluster.kind {})?",
            source, cell(matrix, row, column), similar ? "larger" : "smaller", python_number(matrix.at(row, row)),
            similar ? "more similar to" : "less dissimilar to", similar ? "dissimilarities" : "similarities",
            similar ? "dissimilarity" : "similarity");
      }
    }
  }
}

}  // namespace sightline::clustering

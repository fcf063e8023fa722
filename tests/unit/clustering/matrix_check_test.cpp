#include "clustering/matrix_check.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace sightline::clustering {
namespace {

using base::NamedMatrix;

const std::vector<std::string> abc = {"a", "b", "c"};

/// What the checks say of the matrix; empty when they accept it.
std::string refusal(const NamedMatrix& matrix, Numbers numbers = Numbers::dissimilarities) {
  try {
    check_matrix(matrix, numbers, "m.csv");
    check_diagonal(matrix, numbers, "m.csv");
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::ExitCode::input);
    return error.what();
  }
  return "";
}

void expect_refused(const NamedMatrix& matrix, const std::string& text, Numbers numbers = Numbers::dissimilarities) {
  const auto said = refusal(matrix, numbers);
  EXPECT_EQ(said.rfind("m.csv: ", 0), 0U) << said;
  EXPECT_NE(said.find(text), std::string::npos) << said;
}

TEST(MatrixCheck, NamesTheCellThatIsWrong) {
  expect_refused({abc, {0, -5, 1, -5, 0, 1, 1, 1, 0}}, "row 'a', column 'b': -5.0 is negative");
  expect_refused({{"a", "b"}, {0, 1, 9, 0}}, "row 'a', column 'b': 1.0 but row 'b', column 'a': 9.0");
  expect_refused({{"a", "b"}, {0, std::numeric_limits<double>::quiet_NaN(), 1, 0}},
                 "row 'a', column 'b': nan is not a finite number");
  expect_refused({{"a", "b"}, {0, 1e200, 1e200, 0}}, "row 'a', column 'b': 1e+200 is not");
  expect_refused({{"a", "b"}, {0, 1, 1}}, "2 names and 3 numbers");
  expect_refused({{}, {}}, "0 names");
  expect_refused({{"a", "a"}, {0, 1, 1, 0}}, "the name 'a' stands for two rows");
  expect_refused({{"a", "b"}, {1, 1.5, 1.5, 1}}, "row 'a', column 'b': 1.5 is above 1", Numbers::similarities);
}

TEST(MatrixCheck, SimilaritiesTakenForDissimilaritiesShowOnTheDiagonal) {
  const NamedMatrix similarities{{"a", "b"}, {1, 0.25, 0.25, 1}};
  const NamedMatrix dissimilarities{{"a", "b"}, {0, 0.75, 0.75, 0}};
  expect_refused(similarities, "row 'a', column 'b': 0.25 is smaller than 1.0 on the diagonal");
  expect_refused(dissimilarities, "row 'a', column 'b': 0.75 is larger than 0.0 on the diagonal",
                 Numbers::similarities);
  EXPECT_EQ(refusal(similarities, Numbers::similarities), "");
  EXPECT_EQ(refusal(dissimilarities), "");
}

TEST(MatrixCheck, ForgivesRoundingAndTakesTiesAndOneItem) {
  EXPECT_EQ(refusal({{"a", "b"}, {1.00002, 0.5, 0.500001, 0.99999}}, Numbers::similarities), "");
  EXPECT_EQ(refusal({abc, {0, -1e-9, 1, -1e-9, 0, 1, 1, 1, 0}}), "");
  EXPECT_EQ(refusal({abc, std::vector<double>(9, 0.0)}), "");
  EXPECT_EQ(refusal({abc, std::vector<double>(9, 1.0)}), "");
  EXPECT_EQ(refusal({{"a"}, {0.0}}), "");
}

}  // namespace
}  // namespace sightline::clustering

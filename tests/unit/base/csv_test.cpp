#include "base/csv.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "temporary_folder.hpp"

namespace sightline::base {
namespace {

TEST(Csv, ReadsQuotesLineBreaksAndByteOrderMark) {
  const auto rows = parse_csv(
      "\xEF\xBB\xBF"
      "a,\"b, \"\"c\"\"\"\r\n\n1,\"x\ny\"",
      "test");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0], (CsvRow{"a", "b, \"c\""}));
  EXPECT_EQ(rows[1], (CsvRow{"1", "x\ny"}));
  EXPECT_EQ(csv_line(rows[0]), "a,\"b, \"\"c\"\"\"");
}

TEST(Csv, NamesTheLineOfAnUnclosedQuote) {
  try {
    parse_csv("a\nb\n\"c", "list.csv");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "list.csv: line 3: a quote is opened and never closed");
  }
}

TEST(MatrixCsv, ReadsBackTheSameDoubles) {
  const tests::TemporaryFolder folder;
  const NamedMatrix matrix{{"A", "B,C"}, {0.1, 1.0 / 3.0, 2e-300, 1.0}};
  tests::write_file(folder / "matrix.csv", matrix_csv(matrix));
  const auto read = read_matrix_csv(folder / "matrix.csv");
  EXPECT_EQ(read.names, matrix.names);
  EXPECT_EQ(read.values, matrix.values);
}

TEST(MatrixCsv, SaysWhichCellIsWrong) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "m.csv", ",A,B\nA,1,x\nB,0,1\n");
  try {
    read_matrix_csv(folder / "m.csv");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("row 'A', column 'B': 'x' is not a finite number"), std::string::npos);
  }
}

TEST(Csv, SurvivesRandomBytes) {
  const NumberStream stream("csv_fuzz", 1);
  const std::string alphabet = "a,\"\r\n1.";
  for (std::uint64_t round = 0; round < 2000; ++round) {
    std::string text;
    for (std::uint64_t i = 0; i < stream.below(40, round); ++i) {
      text += alphabet[stream.below(alphabet.size(), 1000000 + round * 64 + i)];
    }
    try {
      parse_csv(text, "fuzz");
    } catch (const Error&) {
      continue;  // refusing is fine, crashing is not
    }
  }
}

}  // namespace
}  // namespace sightline::base

#include "store/path_rows.hpp"

#include <gtest/gtest.h>

namespace sightline::store {
namespace {

TEST(PathRows, FindEveryPathWhereverItIsLikelyToBe) {
  const std::vector<std::string> paths = {"b.jpg", "a.jpg", "a folder/of a name that no short string holds.jpg"};
  PathRows rows(paths);
  for (std::uint64_t likely = 0; likely < 5; ++likely) {
    for (std::uint64_t row = 0; row < paths.size(); ++row) {
      EXPECT_EQ(rows.find(paths[row], likely), row);
    }
    EXPECT_EQ(rows.find("c.jpg", likely), std::nullopt);
  }
  const std::vector<std::string> none;
  EXPECT_EQ(PathRows(none).find("b.jpg", 0), std::nullopt);
}

}  // namespace
}  // namespace sightline::store

// Linkages of all published matrices against scipy: shared/reference/clustering.json.

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "clustering/linkage.hpp"
#include "shared_folder.hpp"

namespace sightline::tests {
namespace {

TEST(Clustering, LinkagesAndLeafOrdersEqualScipy) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  const auto reference = nlohmann::json::parse(std::ifstream(shared / "reference/clustering.json"));
  std::size_t compared = 0;
  for (const auto& [name, table] : reference.items()) {
    if (!table.is_object() || !table.contains("linkage")) {
      continue;
    }
    const auto rows = table.at("matrix").get<std::vector<std::vector<double>>>();
    const auto items = rows.size();
    std::vector<double> dissimilarity;
    for (const auto& row : rows) {
      for (const double value : row) {
        dissimilarity.push_back(table.at("kind") == "similarity" ? 1.0 - value : value);
      }
    }
    for (const auto& method : clustering::linkage_methods()) {
      SCOPED_TRACE(name + " " + method);
      const auto& expected = table.at("linkage").at(method);
      const auto tree = clustering::linkage(dissimilarity, items, method);
      const auto z = expected.at("Z").get<std::vector<std::vector<double>>>();
      ASSERT_EQ(tree.size(), z.size());
      for (std::size_t i = 0; i < z.size(); ++i) {
        EXPECT_EQ(static_cast<double>(tree[i].left), z[i][0]);
        EXPECT_EQ(static_cast<double>(tree[i].right), z[i][1]);
        EXPECT_NEAR(tree[i].height, z[i][2], 1e-10);
        EXPECT_EQ(static_cast<double>(tree[i].items), z[i][3]);
      }
      EXPECT_EQ(clustering::leaf_order(tree, items), expected.at("leaves").get<std::vector<std::size_t>>());
      ++compared;
    }
  }
  EXPECT_GE(compared, 5U * 40U);
}

}  // namespace
}  // namespace sightline::tests

// Trees, projections and communities of all published matrices against scipy, scikit-learn and networkx:
// shared/reference/clustering.json.

#include <algorithm>
#include <cmath>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "clustering/communities.hpp"
#include "clustering/linkage.hpp"
#include "clustering/projection.hpp"
#include "clustering/tree_cuts.hpp"
#include "shared_folder.hpp"

namespace sightline::tests {
namespace {

/// One published matrix as dissimilarities, and what the Python libraries made of it.
struct Published {
  std::string name;
  std::size_t items = 0;
  std::vector<double> dissimilarity;
  nlohmann::json expected;
};

std::vector<Published> read_published(const std::filesystem::path& shared) {
  const auto reference = nlohmann::json::parse(std::ifstream(shared / "reference/clustering.json"));
  std::vector<Published> all;
  for (const auto& [name, table] : reference.items()) {
    if (!table.is_object() || !table.contains("linkage")) {
      continue;
    }
    Published published{name, 0, {}, table};
    for (const auto& row : table.at("matrix").get<std::vector<std::vector<double>>>()) {
      ++published.items;
      for (const double value : row) {
        published.dissimilarity.push_back(table.at("kind") == "similarity" ? 1.0 - value : value);
      }
    }
    all.push_back(std::move(published));
  }
  EXPECT_GE(all.size(), 40U);
  return all;
}

void expect_tree(const std::vector<clustering::Merge>& tree, const std::vector<std::vector<double>>& z) {
  ASSERT_EQ(tree.size(), z.size());
  for (std::size_t i = 0; i < z.size(); ++i) {
    EXPECT_EQ(static_cast<double>(tree[i].left), z[i][0]);
    EXPECT_EQ(static_cast<double>(tree[i].right), z[i][1]);
    EXPECT_NEAR(tree[i].height, z[i][2], 1e-10);
    EXPECT_EQ(static_cast<double>(tree[i].items), z[i][3]);
  }
}

TEST(Clustering, TreesLeavesAndCutsEqualScipy) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  for (const auto& table : read_published(shared)) {
    for (const auto& method : clustering::linkage_methods()) {
      SCOPED_TRACE(table.name + " " + method);
      const auto& expected = table.expected.at("linkage").at(method);
      const auto tree = clustering::linkage(table.dissimilarity, table.items, method);
      expect_tree(tree, expected.at("Z").get<std::vector<std::vector<double>>>());
      EXPECT_EQ(clustering::leaf_order(tree, table.items), expected.at("leaves").get<std::vector<std::size_t>>());
      EXPECT_NEAR(clustering::cophenetic_correlation(tree, table.dissimilarity, table.items),
                  expected.at("cophenetic_correlation").get<double>(), 1e-10);
      for (const auto& [clusters, labels] : expected.at("flat").items()) {
        EXPECT_EQ(clustering::cut_tree(tree, table.items, std::stoul(clusters)), labels.get<std::vector<std::size_t>>())
            << clusters;
      }
    }
  }
}

double gaps(const Published& table, const std::vector<std::size_t>& order) {
  double sum = 0.0;
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    sum += 0.5 * (table.dissimilarity[order[i] * table.items + order[i + 1]] +
                  table.dissimilarity[order[i + 1] * table.items + order[i]]);
  }
  return sum;
}

// scipy 1.17 misses the optimum on some of these matrices; the unit tests compare ours with every possible order.
TEST(Clustering, OptimalLeafOrderIsAtLeastAsShortAsScipys) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  std::size_t equal = 0;
  for (const auto& table : read_published(shared)) {
    SCOPED_TRACE(table.name);
    const auto tree = clustering::linkage(table.dissimilarity, table.items, "average");
    const auto order = clustering::optimal_leaf_order(tree, table.dissimilarity, table.items);
    const auto theirs = table.expected.at("linkage").at("average").at("optimal_leaves").get<std::vector<std::size_t>>();
    EXPECT_LE(gaps(table, order), gaps(table, theirs) + 1e-9);
    equal += std::abs(gaps(table, order) - gaps(table, theirs)) < 1e-9 ? 1 : 0;
  }
  RecordProperty("equal", static_cast<int>(equal));
}

TEST(Clustering, ComponentsEqualScikitLearnUpToSign) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  for (const auto& table : read_published(shared)) {
    SCOPED_TRACE(table.name);
    const auto found = clustering::principal_components(table.dissimilarity, table.items, 2);
    const auto points = table.expected.at("pca").at("coordinates").get<std::vector<std::vector<double>>>();
    const auto shares = table.expected.at("pca").at("explained_variance_ratio").get<std::vector<double>>();
    for (std::size_t d = 0; d < 2; ++d) {
      EXPECT_NEAR(found.share[d], shares[d], 1e-6);
      double same = 0.0;
      double mirrored = 0.0;
      for (std::size_t item = 0; item < table.items; ++item) {
        same = std::max(same, std::abs(found.coordinates[2 * item + d] - points[item][d]));
        mirrored = std::max(mirrored, std::abs(found.coordinates[2 * item + d] + points[item][d]));
      }
      EXPECT_LT(std::min(same, mirrored), 1e-6);
    }
  }
}

TEST(Clustering, CommunitiesAreAtLeastAsGoodAsThoseOfNetworkx) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  for (const auto& table : read_published(shared)) {
    std::vector<double> similarity;
    for (const double value : table.dissimilarity) {
      similarity.push_back(1.0 - value);
    }
    for (const auto& [resolution, expected] : table.expected.at("louvain").items()) {
      SCOPED_TRACE(table.name + " " + resolution);
      const double gamma = std::stod(resolution);
      const double wanted = expected.at("modularity").get<double>();
      EXPECT_NEAR(
          clustering::modularity(similarity, table.items, expected.at("labels").get<std::vector<std::size_t>>(), gamma),
          wanted, 1e-9);
      for (const auto& algorithm : clustering::community_algorithms()) {
        const auto found = clustering::find_communities(similarity, table.items, algorithm, gamma, 200, 1);
        EXPECT_GE(found.modularity, wanted - 1e-9) << algorithm;
      }
    }
  }
}

}  // namespace
}  // namespace sightline::tests

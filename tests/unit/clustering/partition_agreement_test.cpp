#include "clustering/partition_agreement.hpp"

#include <gtest/gtest.h>

#include "clustering/silhouette.hpp"
#include "read_json.hpp"

namespace sightline::clustering {
namespace {

using Clusters = std::vector<std::size_t>;

TEST(PartitionAgreement, IsScikitLearns) {
  for (const auto& known : tests::read_json("groups.json").at("partitions")) {
    const auto first = known.at("first").get<Clusters>();
    const auto second = known.at("second").get<Clusters>();
    EXPECT_NEAR(adjusted_rand_index(first, second), known.at("rand").get<double>(), 1e-12);
    EXPECT_NEAR(adjusted_mutual_information(first, second), known.at("information").get<double>(), 1e-12);
  }
}

TEST(PartitionAgreement, DoesNotDependOnTheNumbersOfClusters) {
  const Clusters first = {0, 0, 1, 1, 2, 2};
  const Clusters renamed = {2, 2, 0, 0, 1, 1};
  EXPECT_DOUBLE_EQ(adjusted_rand_index(first, renamed), 1.0);
  EXPECT_NEAR(adjusted_mutual_information(first, renamed), 1.0, 1e-12);
}

TEST(Silhouette, OfGivenGroupsIsScikitLearns) {
  for (const auto& known : tests::read_json("groups.json").at("matrices")) {
    EXPECT_NEAR(silhouette(known.at("matrix").get<std::vector<double>>(), known.at("groups").get<Clusters>()),
                known.at("silhouette").get<double>(), 1e-12);
  }
}

}  // namespace
}  // namespace sightline::clustering

// Against scikit-bio's numbers; p values by exact enumeration and by simulation.

#include "statistics/group_tests.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "read_json.hpp"
#include "uniform.hpp"

namespace sightline::statistics {
namespace {

TEST(GroupTests, AreScikitBios) {
  for (const auto& known : tests::read_json("groups.json").at("matrices")) {
    const auto groups = known.at("groups").get<Groups>();
    const auto matrix = known.at("matrix").get<std::vector<double>>();
    SCOPED_TRACE(groups.size());
    const auto found = permanova(matrix, groups);
    EXPECT_NEAR(found.f, known.at("f").get<double>(), 1e-9 * std::max(1.0, found.f));
    const auto ranks = rank_pairs(matrix, groups.size());
    EXPECT_NEAR(anosim(ranks, groups), known.at("r").get<double>(), 1e-12);
    const auto p = permute_groups(groups,
                                  {[&](const Groups& other) { return permanova(matrix, other).r_squared; },
                                   [&](const Groups& other) { return anosim(ranks, other); }},
                                  9999, 1);
    // Both are estimates from 9999 permutations, or one is exact: their difference has at most 1.41 standard errors.
    const auto error = [](double value) { return 5.0 * std::sqrt(2.0 * std::max(value, 1e-4) / 9999.0); };
    EXPECT_NEAR(p[0].p, known.at("p_permanova").get<double>(), error(p[0].p));
    EXPECT_NEAR(p[1].p, known.at("p_anosim").get<double>(), error(p[1].p));
    const auto degrees = static_cast<double>(1 + *std::max_element(groups.begin(), groups.end())) - 1.0;
    EXPECT_NEAR(p[0].by_chance, degrees / static_cast<double>(groups.size() - 1), 0.01);
  }
}

TEST(GroupTests, TryEveryArrangementOnceWhereThatIsFeasible) {
  const Groups groups = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1};  // the comparison study's: 14 over 5 = 2002
  const auto first = [](const Groups& arrangement) { return arrangement[0] == 0 ? 1.0 : 0.0; };
  const auto exact = permute_groups(groups, {first}, 2001, 1)[0];
  EXPECT_TRUE(exact.exact);
  EXPECT_EQ(exact.arrangements, 2002);
  EXPECT_DOUBLE_EQ(exact.p, 9.0 / 14.0);
  EXPECT_DOUBLE_EQ(exact.by_chance, 9.0 / 14.0);
  const auto random = permute_groups(groups, {first}, 2000, 1)[0];
  EXPECT_FALSE(random.exact);
  EXPECT_EQ(random.arrangements, 2000);
  EXPECT_NEAR(random.p, 9.0 / 14.0, 0.05);
}

TEST(GroupTests, SayNothingWhereThereIsNothing) {
  const Groups groups = {0, 0, 1, 1};
  const std::vector<double> same(16, 0.0);
  EXPECT_TRUE(std::isnan(permanova(same, groups).r_squared));
  EXPECT_TRUE(std::isnan(
      permute_groups(groups, {[&](const Groups& other) { return permanova(same, other).r_squared; }}, 99, 1)[0].p));
  EXPECT_TRUE(std::isnan(between_minus_within(same, {0, 1, 2, 3})));
  const std::vector<double> apart = {0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0};
  EXPECT_TRUE(std::isinf(permanova(apart, groups).f));
  EXPECT_DOUBLE_EQ(permanova(apart, groups).r_squared, 1.0);
  EXPECT_DOUBLE_EQ(anosim(rank_pairs(apart, 4), groups), 1.0);
  EXPECT_DOUBLE_EQ(between_minus_within(apart, groups), 1.0);
}

/// Distances of points on a line, those of the second half of them `shift` further on.
std::vector<double> distances(std::size_t items, double shift, std::uint64_t seed) {
  const base::NumberStream stream("points", seed);
  std::vector<double> places;
  for (std::size_t item = 0; item < items; ++item) {
    places.push_back(stream.normal(item) + (item < items / 2 ? 0.0 : shift));
  }
  std::vector<double> matrix;
  for (const double row : places) {
    for (const double column : places) {
      matrix.push_back(std::abs(row - column));
    }
  }
  return matrix;
}

/// The p values of PERMANOVA in `draws` simulations, sorted.
std::vector<double> simulate(int draws, double shift) {
  const Groups groups = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1};
  std::vector<double> p;
  for (int draw = 0; draw < draws; ++draw) {
    const auto matrix = distances(groups.size(), shift, static_cast<std::uint64_t>(draw));
    p.push_back(
        permute_groups(groups, {[&](const Groups& other) { return permanova(matrix, other).r_squared; }}, 199, 1)[0].p);
  }
  std::sort(p.begin(), p.end());
  return p;
}

TEST(GroupTests, HaveUniformPValuesWithoutADifferenceAndSmallOnesWithOne) {
  constexpr int draws = 1000;
  const auto p = simulate(draws, 0.0);
  EXPECT_LT(tests::distance_to_uniform(p), tests::rare_distance(p.size()))
      << "is as far in one of a hundred simulations";
  const auto apart = simulate(100, 3.0);
  EXPECT_LT(apart[95], 0.05) << "finds a difference of three standard deviations";
}

}  // namespace
}  // namespace sightline::statistics

// Cuts and optimal leaf order of small trees, by hand and by trying everything.

#include "clustering/tree_cuts.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.hpp"

namespace sightline::clustering {
namespace {

std::vector<double> random_matrix(std::size_t items, const std::string& name) {
  const base::NumberStream stream(name, 3);
  std::vector<double> matrix(items * items, 0.0);
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = i + 1; j < items; ++j) {
      matrix[i * items + j] = matrix[j * items + i] = 0.1 + stream.uniform(i * items + j);
    }
  }
  return matrix;
}

double gaps(const std::vector<double>& matrix, const std::vector<std::size_t>& order) {
  double sum = 0.0;
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    sum += matrix[order[i] * order.size() + order[i + 1]];
  }
  return sum;
}

/// The shortest order over every way to turn the branches.
double least_gaps(std::vector<Merge> tree, const std::vector<double>& matrix, std::size_t items) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t turned = 0; turned < (std::size_t{1} << tree.size()); ++turned) {
    auto other = tree;
    for (std::size_t i = 0; i < tree.size(); ++i) {
      if ((turned >> i & 1U) != 0) {
        std::swap(other[i].left, other[i].right);
      }
    }
    least = std::min(least, gaps(matrix, leaf_order(other, items)));
  }
  return least;
}

TEST(OptimalLeafOrder, IsTheShortestOfAllOrdersOfTheTree) {
  for (const std::size_t items : {2U, 3U, 5U, 8U}) {
    for (const auto* method : {"single", "average", "complete"}) {
      const auto matrix = random_matrix(items, fmt::format("m{}", items));
      const auto tree = linkage(matrix, items, method);
      const auto order = optimal_leaf_order(tree, matrix, items);
      EXPECT_NEAR(gaps(matrix, order), least_gaps(tree, matrix, items), 1e-12) << items << method;
      EXPECT_LE(order.front(), order.back());
    }
  }
  EXPECT_EQ(optimal_leaf_order({}, {0.0}, 1), std::vector<std::size_t>{0});
}

TEST(Cut, CutsEqualHeightsTogether) {
  // 0 and 1 meet at 1, 2 and 3 at 1, all at 2.
  const std::vector<Merge> tree = {{0, 1, 1.0, 2}, {2, 3, 1.0, 2}, {4, 5, 2.0, 4}};
  EXPECT_EQ(cut_tree(tree, 4, 1), (std::vector<std::size_t>{0, 0, 0, 0}));
  EXPECT_EQ(cut_tree(tree, 4, 2), (std::vector<std::size_t>{0, 0, 1, 1}));
  EXPECT_EQ(cut_tree(tree, 4, 3), (std::vector<std::size_t>{0, 0, 1, 1}));
  EXPECT_EQ(cut_tree(tree, 4, 4), (std::vector<std::size_t>{0, 1, 2, 3}));
}

TEST(Cophenetic, IsTheHeightAtWhichItemsMeet) {
  const std::vector<Merge> tree = {{0, 2, 1.0, 2}, {1, 3, 4.0, 3}};
  EXPECT_EQ(cophenetic_distances(tree, 3), (std::vector<double>{0, 4, 1, 4, 0, 4, 1, 4, 0}));
  EXPECT_NEAR(cophenetic_correlation(tree, {0, 4, 1, 4, 0, 4, 1, 4, 0}, 3), 1.0, 1e-12);
}

}  // namespace
}  // namespace sightline::clustering

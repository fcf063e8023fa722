#include "clustering/partition_agreement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace sightline::clustering {
namespace {

using Counts = std::vector<double>;

/// How many items are in each cluster of both partitions, and in each pair of clusters.
struct Contingency {
  Counts first;
  Counts second;
  Counts both;  ///< row-major, clusters of the first x clusters of the second
  double items = 0.0;
};

Contingency count(const std::vector<std::size_t>& first, const std::vector<std::size_t>& second) {
  Contingency table{Counts(*std::max_element(first.begin(), first.end()) + 1, 0.0),
                    Counts(*std::max_element(second.begin(), second.end()) + 1, 0.0),
                    {},
                    static_cast<double>(first.size())};
  table.both.resize(table.first.size() * table.second.size(), 0.0);
  for (std::size_t item = 0; item < first.size(); ++item) {
    table.first[first[item]] += 1.0;
    table.second[second[item]] += 1.0;
    table.both[first[item] * table.second.size() + second[item]] += 1.0;
  }
  return table;
}

/// The number of pairs of items that share a cluster.
double pairs(const Counts& counts) {
  double sum = 0.0;
  for (const double n : counts) {
    sum += n * (n - 1.0) / 2.0;
  }
  return sum;
}

double entropy(const Counts& counts, double items) {
  double sum = 0.0;
  for (const double n : counts) {
    sum -= n > 0.0 ? n / items * std::log(n / items) : 0.0;
  }
  return sum;
}

/// One cell's share of the mutual information.
double information(double both, double a, double b, double items) {
  return both > 0.0 ? both / items * std::log(items * both / (a * b)) : 0.0;
}

double mutual_information(const Contingency& table) {
  double sum = 0.0;
  for (std::size_t i = 0; i < table.first.size(); ++i) {
    for (std::size_t j = 0; j < table.second.size(); ++j) {
      sum += information(table.both[i * table.second.size() + j], table.first[i], table.second[j], table.items);
    }
  }
  return sum;
}

double log_factorial(double n) {
  return std::lgamma(n + 1.0);
}

/// The mean mutual information over all pairs of partitions with these sizes of clusters: each cell is hypergeometric.
double expected_information(const Contingency& table) {
  const double n = table.items;
  double sum = 0.0;
  for (const double a : table.first) {
    for (const double b : table.second) {
      for (double both = std::max(1.0, a + b - n); both <= std::min(a, b); ++both) {
        const double log_probability =
            log_factorial(a) + log_factorial(b) + log_factorial(n - a) + log_factorial(n - b) - log_factorial(n) -
            log_factorial(both) - log_factorial(a - both) - log_factorial(b - both) - log_factorial(n - a - b + both);
        sum += information(both, a, b, n) * std::exp(log_probability);
      }
    }
  }
  return sum;
}

/// Whether both partitions have one cluster each, or one cluster per item each.
bool are_trivially_equal(const Contingency& table) {
  const auto used = [](const Counts& counts) {
    return static_cast<double>(counts.size() - static_cast<std::size_t>(std::count(counts.begin(), counts.end(), 0.0)));
  };
  const double clusters = used(table.first);
  return clusters == used(table.second) && (clusters == 1.0 || clusters == table.items);
}

}  // namespace

double adjusted_rand_index(const std::vector<std::size_t>& first, const std::vector<std::size_t>& second) {
  const auto table = count(first, second);
  if (are_trivially_equal(table)) {
    return 1.0;
  }
  const double in_first = pairs(table.first);
  const double in_second = pairs(table.second);
  const double expected = in_first * in_second / (table.items * (table.items - 1.0) / 2.0);
  return (pairs(table.both) - expected) / ((in_first + in_second) / 2.0 - expected);
}

double adjusted_mutual_information(const std::vector<std::size_t>& first, const std::vector<std::size_t>& second) {
  const auto table = count(first, second);
  if (are_trivially_equal(table)) {
    return 1.0;
  }
  const double expected = expected_information(table);
  const double mean_entropy = (entropy(table.first, table.items) + entropy(table.second, table.items)) / 2.0;
  const double most = mean_entropy - expected;
  constexpr double epsilon = std::numeric_limits<double>::epsilon();  // as scikit-learn avoids a division by 0
  return (mutual_information(table) - expected) / (most < 0.0 ? std::min(most, -epsilon) : std::max(most, epsilon));
}

}  // namespace sightline::clustering

#include <algorithm>
#include <cmath>
#include <numeric>

#include "comparison/metrics.hpp"

namespace sightline::comparison {
namespace {

/// Ranks with ties averaged, centred and scaled to length 1; all 0 for a map of one value.
Eigen::VectorXd unit_ranks(const Eigen::VectorXf& values) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  Eigen::VectorXd ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    auto last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) {
      ++last;
    }
    for (auto i = first; i <= last; ++i) {
      ranks[order[i]] = 0.5 * static_cast<double>(first + last);
    }
    first = last + 1;
  }
  ranks.array() -= ranks.mean();
  const double length = ranks.norm();
  return length > 0.0 ? Eigen::VectorXd(ranks / length) : ranks;
}

class Spearman : public Metric {
 public:
  std::string name() const override { return "spearman"; }
  Eigen::MatrixXd compare(const ImageMaps& maps) const override {
    Eigen::MatrixXd ranks(maps.pixels.rows(), maps.pixels.cols());
    for (Eigen::Index m = 0; m < ranks.cols(); ++m) {
      ranks.col(m) = unit_ranks(maps.pixels.col(m));
    }
    return ranks.transpose() * ranks;
  }
};

}  // namespace

Metrics spearman(const MetricOptions& /*options*/) {
  Metrics made;
  made.push_back(std::make_unique<Spearman>());
  return made;
}

}  // namespace sightline::comparison

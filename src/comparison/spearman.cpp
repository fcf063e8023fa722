#include <vector>

#include "comparison/metrics.hpp"
#include "statistics/ranks.hpp"

namespace sightline::comparison {
namespace {

/// The ranks of the values (equal values get their mean rank), centred and scaled to length 1; all 0 for a constant
/// map.
Eigen::VectorXd unit_ranks(const Eigen::VectorXf& values) {
  const std::vector<double> exact(values.begin(), values.end());
  const auto tied = statistics::tied_ranks(exact);
  Eigen::VectorXd ranks = Eigen::Map<const Eigen::VectorXd>(tied.ranks.data(), values.size());
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

/// Spearman's rank correlation of the pixels, in [-1, 1]. Equal values get their mean rank. 0 if a map is constant.
MetricSpec spearman() {
  return {"spearman", {}, [](const job::ParameterValues& /*none*/) { return one_metric<Spearman>(); }};
}

}  // namespace sightline::comparison

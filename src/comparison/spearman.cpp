#include <vector>

#include "comparison/metrics.hpp"
#include "statistics/ranks.hpp"

namespace sightline::comparison {
namespace {

class Spearman : public Metric {
 public:
  std::string name() const override { return "spearman"; }
  Eigen::MatrixXd compare(const ImageMaps& maps) const override {
    Eigen::MatrixXd ranks(maps.pixels.rows(), maps.pixels.cols());
    for (Eigen::Index m = 0; m < ranks.cols(); ++m) {
      const auto pixels = maps.pixels.col(m);
      ranks.col(m) = statistics::unit_ranks(std::vector<double>(pixels.begin(), pixels.end()));
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

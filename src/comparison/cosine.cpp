#include <algorithm>
#include <cmath>

#include "comparison/metrics.hpp"

namespace sightline::comparison {
namespace {

class Cosine : public Metric {
 public:
  std::string name() const override { return "cosine"; }
  bool needs_pixels() const override { return false; }
  Eigen::MatrixXd compare(const ImageMaps& maps) const override {
    const Eigen::VectorXd norms = maps.products.diagonal().cwiseMax(0.0).cwiseSqrt();
    return maps.products.array() / (norms * norms.transpose()).array().max(1e-8);
  }
};

}  // namespace

/// Cosine similarity x.y / max(|x| |y|, 1e-8) of the maps as vectors of pixels, in [-1, 1]; 0 if a map is blank.
MetricSpec cosine() {
  return {"cosine", {}, [](const job::ParameterValues& /*none*/) { return one_metric<Cosine>(); }};
}

}  // namespace sightline::comparison

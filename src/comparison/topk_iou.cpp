#include <algorithm>
#include <cmath>
#include <numeric>

#include "comparison/metrics.hpp"

namespace sightline::comparison {
namespace {

/// A mask of the `count` largest values: 1 for those, otherwise 0. Of equal values, the first are taken. All 0 if no
/// value is positive.
Eigen::VectorXf largest(const Eigen::VectorXf& values, std::ptrdiff_t count) {
  Eigen::VectorXf chosen = Eigen::VectorXf::Zero(values.size());
  if (values.maxCoeff() > 0.0F) {
    std::vector<Eigen::Index> order(static_cast<std::size_t>(values.size()));
    std::iota(order.begin(), order.end(), 0);
    std::nth_element(order.begin(), order.begin() + (count - 1), order.end(),
                     [&](auto a, auto b) { return values[a] != values[b] ? values[a] > values[b] : a < b; });
    std::for_each(order.begin(), order.begin() + count, [&](auto pixel) { chosen[pixel] = 1.0F; });
  }
  return chosen;
}

class TopkIou : public Metric {
 public:
  explicit TopkIou(double share) : share_(share) {}
  std::string name() const override { return "topk_iou"; }
  Eigen::MatrixXd compare(const ImageMaps& maps) const override {
    const auto count = static_cast<std::ptrdiff_t>(std::ceil(share_ * static_cast<double>(maps.pixels.rows())));
    Eigen::MatrixXf chosen(maps.pixels.rows(), maps.pixels.cols());
    for (Eigen::Index m = 0; m < chosen.cols(); ++m) {
      chosen.col(m) = largest(maps.pixels.col(m), count);
    }
    const Eigen::ArrayXXd both = (chosen.transpose() * chosen).cast<double>().array();  // exact: whole numbers
    const Eigen::VectorXd sizes = both.matrix().diagonal();
    const Eigen::ArrayXXd either = ((-both).matrix().colwise() + sizes).rowwise() + sizes.transpose();
    return (either > 0.0).select(both / either.max(1.0), 0.0);
  }

 private:
  double share_;
};

}  // namespace

/// The intersection over union of the pixels with the largest values: the same share of the pixels is taken from each
/// map, and of equal values the first. In [0, 1]; 0 if a map has no positive value.
MetricSpec topk_iou() {
  MetricSpec spec{"topk_iou",
                  {{"topk-share", "SHARE", "0.2",
                    "share of the pixels, from the largest value down, that topk_iou takes from each map",
                    job::number_between(0.0, 1.0)}}};
  spec.build = [](const job::ParameterValues& parameters) {
    return one_metric<TopkIou>(parameters.number("topk-share"));
  };
  return spec;
}

}  // namespace sightline::comparison

#include <cmath>

#include <fmt/format.h>

#include "comparison/metrics.hpp"

namespace sightline::comparison {
namespace {

class Rbf : public Metric {
 public:
  Rbf(std::string name, double sigma) : name_(std::move(name)), sigma_(sigma) {}
  std::string name() const override { return name_; }
  bool needs_pixels() const override { return false; }
  Eigen::MatrixXd compare(const ImageMaps& maps) const override {
    const Eigen::VectorXd squares = maps.products.diagonal();
    const Eigen::ArrayXXd distances =
        ((-2.0 * maps.products).colwise() + squares).rowwise() + squares.transpose();  // squared
    return (distances.max(0.0) / (-2.0 * sigma_ * sigma_)).exp();
  }

 private:
  std::string name_;
  double sigma_;
};

}  // namespace

/// The radial basis function kernel exp(-|x - y|^2 / (2 sigma^2)) of the maps as vectors of pixels, in [0, 1]. The
/// metric is called rbf, or rbf10, rbf80 and so on if several sigmas are given.
MetricSpec rbf() {
  MetricSpec spec{
      "rbf",
      {{"rbf-sigma", "SIGMA,...", "80",
        "sigma in exp(-d^2 / (2 sigma^2)), where d is the distance of two maps; several give rbf10, rbf80 ...",
        job::positive_numbers()}}};
  spec.build = [](const job::ParameterValues& parameters) {
    const auto sigmas = parameters.numbers("rbf-sigma");
    Metrics made;
    for (const double sigma : sigmas) {
      made.push_back(std::make_unique<Rbf>(sigmas.size() > 1 ? fmt::format("rbf{}", sigma) : "rbf", sigma));
    }
    return made;
  };
  return spec;
}

}  // namespace sightline::comparison

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

/// exp(-|x - y|^2 / (2 sigma^2)), in (0, 1]. Named rbf, or rbf10, rbf80 when several sigmas are given.
MetricSpec rbf() {
  MetricSpec spec{"rbf",
                  {{"rbf-sigma", "SIGMA,...", "80",
                    "of exp(-d^2 / (2 sigma^2)), d between maps of values in [0, 1]; several give rbf10, rbf80 ...",
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

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

Metrics rbf(const MetricOptions& options) {
  Metrics made;
  for (const double sigma : options.rbf_sigma) {
    made.push_back(std::make_unique<Rbf>(options.rbf_sigma.size() > 1 ? fmt::format("rbf{}", sigma) : "rbf", sigma));
  }
  return made;
}

}  // namespace sightline::comparison

#include "attribution/coalitions/shapley_process.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "attribution/coalitions/gaussian_process.hpp"

namespace sightline::attribution {
namespace {

using Eigen::Index;

constexpr std::array roughnesses = {0.03, 0.1, 0.3, 1.0, 3.0};
constexpr double wide = 1e3;          ///< variance of single features: next to no shrinking
constexpr Index most_to_judge = 512;  ///< pairs from which the roughness is told

/// The Krawtchouk polynomial of `degree` over the number of sets of that size, at every Hamming distance 0 to features:
/// the mean over sets of so many features of the product of the signs there, `distance` of which are -1.
Matrix krawtchouk(Index features, Index degree) {
  Matrix values(degree + 1, features + 1);
  const auto n = static_cast<double>(features);
  for (Index distance = 0; distance <= features; ++distance) {
    const auto slope = n - 2.0 * static_cast<double>(distance);
    values(0, distance) = 1.0;
    if (degree > 0) {
      values(1, distance) = slope / n;
    }
    for (Index k = 1; k < degree; ++k) {
      const auto order = static_cast<double>(k);
      values(k + 1, distance) = (slope * values(k, distance) - order * values(k - 1, distance)) / (n - order);
    }
  }
  return values;
}

/// The process for games of so many features.
class Prior {
 public:
  explicit Prior(Index features)
      : features_(features),
        all_degrees_(features <= 13),
        top_(all_degrees_ ? features : 9),
        of_pairs_(krawtchouk(features, top_)),
        of_others_(krawtchouk(features - 1, top_ - 1)) {}

  /// Covariance of the outputs of two coalitions, by their distance; of one with itself there is `rest` more.
  Vector by_distance(double roughness) const {
    Vector sum = Vector::Zero(features_ + 1);
    for (Index k = 1; k <= top_; k += 2) {
      sum += weight(k, roughness) * of_pairs_.row(k).transpose();
    }
    return sum;
  }
  double rest(double roughness) const { return jitter + (all_degrees_ ? 0.0 : weight(top_ + 2, roughness)); }
  /// Covariance of a feature's Shapley value with the output of a coalition that has it, by the number of the other
  /// features that are absent; with the opposite sign for one that has it not.
  Vector with_value(double roughness) const {
    Vector sum = Vector::Zero(features_);
    for (Index k = 1; k <= top_; k += 2) {
      sum += 2.0 * weight(k, roughness) / static_cast<double>(features_) * of_others_.row(k - 1).transpose();
    }
    return sum;
  }
  /// Of a Shapley value.
  double variance(double roughness) const {
    double sum = 0.0;
    for (Index k = 1; k <= top_; k += 2) {
      sum += 4.0 * weight(k, roughness) / static_cast<double>(k * features_);
    }
    return sum;
  }

 private:
  static double weight(Index degree, double roughness) {
    double product = wide;
    for (Index k = 1; k < degree; k += 2) {
      product = k == 1 ? roughness : product * roughness;
    }
    return product;
  }

  Index features_;
  bool all_degrees_;
  Index top_;
  Matrix of_pairs_;
  Matrix of_others_;
};

GaussianProcess fit(const Prior& prior, double roughness, const Matrix& distances, const Vector& outputs) {
  return fit_by_distance(distances, prior.by_distance(roughness), prior.rest(roughness), outputs);
}

double likeliest_roughness(const Prior& prior, const Matrix& signs, const Vector& outputs) {
  const auto step = (outputs.size() + most_to_judge - 1) / most_to_judge;
  const auto some = Eigen::seq(0, outputs.size() - 1, step);
  const Matrix distances = hamming_distances(signs(some, Eigen::all));
  const Vector values = outputs(some);
  double best = roughnesses.front();
  auto most = -std::numeric_limits<double>::infinity();
  for (const double roughness : roughnesses) {
    if (const auto likelihood = fit(prior, roughness, distances, values).likelihood; likelihood > most) {
      most = likelihood;
      best = roughness;
    }
  }
  return best;
}

}  // namespace

ShapleyEstimate fit_process(const CoalitionPairs& pairs, const Vector& outputs, const Vector& complements, double empty,
                            double full) {
  const auto features = pairs.rows.cols();
  const auto count = outputs.size() + 1;  // everything and nothing are a pair as well
  Matrix signs(count, features);
  signs.row(0).setOnes();
  signs.bottomRows(count - 1) = 2.0 * pairs.rows.array() - 1.0;
  Vector odd(count);
  odd[0] = 0.5 * (full - empty);
  odd.tail(count - 1) = 0.5 * (outputs - complements);
  if (odd.squaredNorm() == 0.0) {
    return {Vector::Zero(features), Vector::Zero(features)};
  }
  const Prior prior(features);
  const auto roughness = likeliest_roughness(prior, signs, odd);
  const auto fitted = fit(prior, roughness, hamming_distances(signs), odd);

  const auto with_value = prior.with_value(roughness);
  const Vector absent = 0.5 * (static_cast<double>(features) - signs.rowwise().sum().array());
  Matrix covariance(count, features);
  for (Index row = 0; row < count; ++row) {
    for (Index feature = 0; feature < features; ++feature) {
      const auto sign = signs(row, feature);
      covariance(row, feature) = sign * with_value[std::lround(absent[row] - (sign < 0.0 ? 1.0 : 0.0))];
    }
  }
  fitted.cholesky.matrixL().solveInPlace(covariance);
  const Vector values = covariance.transpose() * fitted.whitened;
  const Vector left = prior.variance(roughness) - covariance.colwise().squaredNorm().transpose().array();
  return {values.array() + ((full - empty) - values.sum()) / static_cast<double>(features),
          (fitted.scale * left.cwiseMax(0.0)).cwiseSqrt()};
}

}  // namespace sightline::attribution

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
constexpr double first_degree_variance = 1e3;  ///< so large that single features are hardly shrunk
constexpr Index max_pairs_to_select = 512;     ///< the roughness is selected from at most this many pairs

/// Krawtchouk polynomials of degree 0 to `degree`, each divided by the number of sets of that size, at every Hamming
/// distance 0 to `features`: (degree + 1) x (features + 1). Entry (k, d) is the mean, over all sets of k features, of
/// the product of the set's signs when d of all features have the sign -1.
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

/// The prior covariances for games of `features` features.
class Prior {
 public:
  explicit Prior(Index features)
      : features_(features),
        all_degrees_(features <= 13),
        max_degree_(all_degrees_ ? features : 9),
        pair_polynomials_(krawtchouk(features, max_degree_)),
        value_polynomials_(krawtchouk(features - 1, max_degree_ - 1)) {}

  /// The covariance of the outputs of two coalitions by their Hamming distance: features + 1 numbers. A coalition's
  /// variance has the nugget in addition.
  Vector by_distance(double roughness) const {
    Vector sum = Vector::Zero(features_ + 1);
    for (Index k = 1; k <= max_degree_; k += 2) {
      sum += weight(k, roughness) * pair_polynomials_.row(k).transpose();
    }
    return sum;
  }
  double nugget(double roughness) const { return jitter + (all_degrees_ ? 0.0 : weight(max_degree_ + 2, roughness)); }
  /// The covariance of a feature's Shapley value with the output of a coalition that has the feature, by the number of
  /// absent features. For a coalition without the feature, the sign changes and the feature itself is not counted.
  Vector with_value(double roughness) const {
    Vector sum = Vector::Zero(features_);
    for (Index k = 1; k <= max_degree_; k += 2) {
      sum += 2.0 * weight(k, roughness) / static_cast<double>(features_) * value_polynomials_.row(k - 1).transpose();
    }
    return sum;
  }
  /// The variance of a Shapley value.
  double variance(double roughness) const {
    double sum = 0.0;
    for (Index k = 1; k <= max_degree_; k += 2) {
      sum += 4.0 * weight(k, roughness) / static_cast<double>(k * features_);
    }
    return sum;
  }

 private:
  /// The variance w_k summed over all sets of one degree.
  static double weight(Index degree, double roughness) {
    double product = first_degree_variance;
    for (Index k = 1; k < degree; k += 2) {
      product = k == 1 ? roughness : product * roughness;
    }
    return product;
  }

  Index features_;
  bool all_degrees_;
  Index max_degree_;
  Matrix pair_polynomials_;
  Matrix value_polynomials_;
};

GaussianProcess fit(const Prior& prior, double roughness, const Matrix& distances, const Vector& outputs) {
  return fit_by_distance(distances, prior.by_distance(roughness), prior.nugget(roughness), outputs);
}

double likeliest_roughness(const Prior& prior, const Matrix& signs, const Vector& outputs) {
  const auto step = (outputs.size() + max_pairs_to_select - 1) / max_pairs_to_select;
  const auto some = Eigen::seq(0, outputs.size() - 1, step);
  const Matrix distances = hamming_distances(signs(some, Eigen::all));
  const Vector values = outputs(some);
  double best = roughnesses.front();
  auto most = -std::numeric_limits<double>::infinity();
  for (const double roughness : roughnesses) {
    if (const auto likelihood = fit(prior, roughness, distances, values).log_likelihood; likelihood > most) {
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
  const auto count = outputs.size() + 1;  // the full and the empty coalition are a pair as well
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

#include "attribution/coalitions/lime_process.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "attribution/coalitions/gaussian_process.hpp"
#include "base/error.hpp"

namespace sightline::attribution {
namespace {

using Eigen::Index;

// The grid of prior parameters. Variances are relative to the remainder's.
constexpr std::array mean_degrees = {0.5, 1.0, 2.0, 4.0,
                                     8.0};  ///< mean number of features that interact in the remainder
constexpr std::array linear_variances = {0.1, 1.0, 10.0};
constexpr double constant_variance = 10.0;
constexpr double nugget = 1e-6;
constexpr Index max_samples_to_select = 512;  ///< the parameters are selected from at most this many samples

/// The prior covariance of two coalitions by their Hamming distance: features + 1 numbers.
Vector covariances(Index features, double mean_degree, double linear_variance) {
  const auto count = static_cast<double>(features);
  const double correlation = 1.0 - 2.0 * std::min(mean_degree / count, 0.45);
  Vector made(features + 1);
  for (Index distance = 0; distance <= features; ++distance) {
    const auto differing = static_cast<double>(distance);
    made[distance] =
        constant_variance + linear_variance * (count - 2.0 * differing) / count + std::pow(correlation, differing);
  }
  return made;
}

GaussianProcess fit(const Matrix& distances, const Vector& by_distance, const Vector& outputs) {
  return fit_by_distance(distances, by_distance, nugget, outputs);
}

/// The prior covariances of the parameters with the largest likelihood.
Vector likeliest_covariances(const Matrix& signs, const Vector& outputs) {
  const auto some = Eigen::seq(0, signs.rows() - 1, (signs.rows() + max_samples_to_select - 1) / max_samples_to_select);
  const Matrix distances = hamming_distances(signs(some, Eigen::all));
  const Vector values = outputs(some);
  Vector best;
  auto most = -std::numeric_limits<double>::infinity();
  for (const double degree : mean_degrees) {
    for (const double linear : linear_variances) {
      const auto tried = covariances(signs.cols(), degree, linear);
      if (const auto likelihood = fit(distances, tried, values).log_likelihood; best.size() == 0 || likelihood > most) {
        most = likelihood;
        best = tried;
      }
    }
  }
  return best;
}

/// The probability distribution of all coalitions that is proportional to LIME's weights: the population that LIME's
/// regression samples from. Functions that depend on one feature and on the number of the other present features are
/// written f(present, others).
class Neighbourhood {
 public:
  Neighbourhood(Index features, const Vector& weights) : features_(features), log_factorials_(features + 1) {
    for (Index n = 0; n <= features; ++n) {
      log_factorials_[n] = std::lgamma(static_cast<double>(n) + 1.0);
    }
    size_probabilities_ = Vector(features + 1);
    for (Index n = 0; n <= features; ++n) {
      size_probabilities_[n] = std::log(weights[n]) + log_choose(features, n);
    }
    size_probabilities_ = (size_probabilities_.array() - size_probabilities_.maxCoeff()).exp();
    size_probabilities_ /= size_probabilities_.sum();
    const auto count = static_cast<double>(features);
    const Vector n = Vector::LinSpaced(features + 1, 0.0, count);
    mean_ = size_probabilities_.dot(n) / count;
    const double both =
        features > 1 ? size_probabilities_.dot(n.cwiseProduct(n) - n) / (count * (count - 1.0)) : mean_ * mean_;
    difference_ = mean_ - both;
    shared_ = (both - mean_ * mean_) / (difference_ + count * (both - mean_ * mean_));
  }

  /// The probability that a given feature is present.
  double mean() const { return mean_; }
  /// The probabilities that 0 to `features` features are present.
  const Vector& size_probabilities() const { return size_probabilities_; }
  /// Whether the presence of a feature varies; otherwise there is no regression.
  bool has_variance() const { return difference_ > 1e-12; }

  /// The regression coefficient of one feature, from the covariance of the game with the presence of that feature
  /// (moment) and the sum of these covariances over all features.
  double coefficient(double moment, double sum) const { return (moment - shared_ * sum) / difference_; }

  /// Moments of the game z -> covariance(z, z') over all coalitions z.
  struct Moments {
    double mean = 0.0;
    double with_feature = 0.0;  ///< its covariance with the presence of a feature
  };
  /// The moments for a coalition z' that has the feature (present = 1) or not (0), and `others` other features.
  Moments moments(int present, Index others, const Vector& by_distance) const {
    double without = 0.0;
    double with = 0.0;
    for (Index kept = 0; kept <= others; ++kept) {
      for (Index added = 0; added <= features_ - 1 - others; ++added) {
        const auto distance = others - kept + added;
        const auto log_ways = log_choose(others, kept) + log_choose(features_ - 1 - others, added);
        without += probability(log_ways, kept + added) * by_distance[distance + present];
        with += probability(log_ways, kept + added + 1) * by_distance[distance + 1 - present];
      }
    }
    return {without + with, with - mean_ * (without + with)};
  }

 private:
  double log_choose(Index n, Index k) const { return log_factorials_[n] - log_factorials_[k] - log_factorials_[n - k]; }
  /// The probability of exp(log_ways) coalitions of this size.
  double probability(double log_ways, Index size) const {
    return size_probabilities_[size] * std::exp(log_ways - log_choose(features_, size));
  }

  Index features_;
  Vector log_factorials_;  ///< of 0 to `features`
  Vector size_probabilities_;
  double mean_ = 0.0;
  // The features' covariance matrix has one value on and one off its diagonal, so its inverse is (I - shared 1 1^T) /
  // difference.
  double difference_ = 0.0;  ///< the variance of a feature minus the covariance of two
  double shared_ = 0.0;
};

/// Caches Neighbourhood::moments by the coalition's number of features.
class MomentTable {
 public:
  MomentTable(const Neighbourhood& neighbourhood, const Vector& by_distance, Index features)
      : neighbourhood_(neighbourhood),
        by_distance_(by_distance),
        features_(features),
        known_(static_cast<std::size_t>(2 * features)),
        moments_(static_cast<std::size_t>(2 * features)) {}

  const Neighbourhood::Moments& operator()(int present, Index others) {
    const auto key = static_cast<std::size_t>(2 * others + present);
    if (!known_[key]) {
      moments_[key] = neighbourhood_.moments(present, others, by_distance_);
      known_[key] = true;
    }
    return moments_[key];
  }
  /// The regression coefficient of a feature in the game z -> covariance(z, z'), for a coalition z' of `size` features
  /// that has the feature (present = 1) or not (0).
  double coefficient(int present, Index size) {
    const double with = size > 0 ? static_cast<double>(size) * (*this)(1, size - 1).with_feature : 0.0;
    const double without =
        size < features_ ? static_cast<double>(features_ - size) * (*this)(0, size).with_feature : 0.0;
    return neighbourhood_.coefficient((*this)(present, size - present).with_feature, with + without);
  }
  /// The mean of that game.
  double mean(Index size) { return size > 0 ? (*this)(1, size - 1).mean : (*this)(0, 0).mean; }

 private:
  const Neighbourhood& neighbourhood_;
  const Vector& by_distance_;
  Index features_;
  std::vector<bool> known_;
  std::vector<Neighbourhood::Moments> moments_;
};

/// The variance of a coefficient under the prior, before any output is observed.
double prior_variance(const Neighbourhood& neighbourhood, MomentTable& table, Index features) {
  const auto count = static_cast<double>(features);
  // The game here is z -> the coefficient of the game covariance(z, .).
  double moment = 0.0;  // its covariance with the feature's presence
  double sum = 0.0;     // the sum of its covariances with all features' presence
  for (Index size = 0; size <= features; ++size) {
    const double probability = neighbourhood.size_probabilities()[size];
    if (probability < 1e-12) {
      continue;
    }
    const double share = static_cast<double>(size) / count;
    const double with = size > 0 ? share * table.coefficient(1, size) : 0.0;
    const double without = size < features ? (1.0 - share) * table.coefficient(0, size) : 0.0;
    moment += probability * ((1.0 - neighbourhood.mean()) * with - neighbourhood.mean() * without);
    sum += probability * (static_cast<double>(size) - count * neighbourhood.mean()) * (with + without);
  }
  return neighbourhood.coefficient(moment, sum);
}

/// The weighted R^2 of the fitted regression over the samples.
double weighted_score(const Matrix& rows, const Vector& outputs, const Vector& weights, const Regression& fitted) {
  const Vector missed =
      outputs - (rows * fitted.coefficients).array().matrix() - Vector::Constant(outputs.size(), fitted.intercept);
  const double mean = weights.dot(outputs) / weights.sum();
  const double spread = weights.dot((outputs.array() - mean).square().matrix());
  return spread > 0.0 ? 1.0 - weights.dot(missed.cwiseAbs2()) / spread : 1.0;
}

}  // namespace

Vector lime_weights_by_size(Index features, double width) {
  const Vector cosine =
      (Vector::LinSpaced(features + 1, 0.0, static_cast<double>(features)) / static_cast<double>(features)).cwiseSqrt();
  return (-(1.0 - cosine.array()).square() / (width * width)).exp().sqrt();
}

Vector lime_weights(const Matrix& rows, double width) {
  const auto by_size = lime_weights_by_size(rows.cols(), width);
  return rows.rowwise().sum().unaryExpr([&](double size) { return by_size[std::lround(size)]; });
}

Regression fit_lime_process(const Matrix& rows, const Vector& outputs, double width) {
  const auto features = rows.cols();
  const Neighbourhood neighbourhood(features, lime_weights_by_size(features, width));
  if (!neighbourhood.has_variance()) {
    throw base::usage_error(
        "lime.kernel-width: under {} only the whole image weighs anything, so there is nothing to regress; the lime "
        "package uses 0.25",
        width);
  }
  const double mean = outputs.mean();
  const Vector centred = outputs.array() - mean;
  if (centred.squaredNorm() == 0.0) {
    return {Vector::Zero(features), Vector::Zero(features), mean, 1.0};
  }
  const Matrix signs = 2.0 * rows.array() - 1.0;
  const auto by_distance = likeliest_covariances(signs, centred);
  const auto fitted = fit(hamming_distances(signs), by_distance, centred);
  MomentTable table(neighbourhood, by_distance, features);
  Matrix covariance(rows.rows(), features);  // prior covariance of each output with each coefficient
  Vector with_mean(rows.rows());             // and with the mean output over all coalitions
  for (Index row = 0; row < rows.rows(); ++row) {
    const auto size = std::lround(rows.row(row).sum());
    const double with = size > 0 ? table.coefficient(1, size) : 0.0;
    const double without = size < features ? table.coefficient(0, size) : 0.0;
    covariance.row(row) = rows.row(row).array() * with + (1.0 - rows.row(row).array()) * without;
    with_mean[row] = table.mean(size);
  }
  fitted.cholesky.matrixL().solveInPlace(covariance);
  fitted.cholesky.matrixL().solveInPlace(with_mean);
  Regression made;
  made.coefficients = covariance.transpose() * fitted.whitened;
  made.intercept = mean + with_mean.dot(fitted.whitened) - neighbourhood.mean() * made.coefficients.sum();
  const Vector left = prior_variance(neighbourhood, table, features) - covariance.colwise().squaredNorm().array();
  made.standard_errors = (fitted.scale * left.cwiseMax(0.0)).cwiseSqrt();
  made.score = weighted_score(rows, outputs, lime_weights(rows, width), made);
  return made;
}

}  // namespace sightline::attribution

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

constexpr std::array mean_degrees = {0.5, 1.0, 2.0, 4.0, 8.0};  ///< of the features that interact in the rest
constexpr std::array linear_parts = {0.1, 1.0, 10.0};           ///< variances, of the rest's
constexpr double constant_part = 10.0;
constexpr double noise = 1e-6;
constexpr Index most_to_judge = 512;  ///< samples from which those are told

/// The covariance of two coalitions by the number of features in which they differ.
Vector covariances(Index features, double mean_degree, double linear_part) {
  const auto count = static_cast<double>(features);
  const double correlation = 1.0 - 2.0 * std::min(mean_degree / count, 0.45);
  Vector made(features + 1);
  for (Index distance = 0; distance <= features; ++distance) {
    const auto differing = static_cast<double>(distance);
    made[distance] = constant_part + linear_part * (count - 2.0 * differing) / count + std::pow(correlation, differing);
  }
  return made;
}

GaussianProcess fit(const Matrix& distances, const Vector& by_distance, const Vector& outputs) {
  return fit_by_distance(distances, by_distance, noise, outputs);
}

Vector likeliest_covariances(const Matrix& signs, const Vector& outputs) {
  const auto some = Eigen::seq(0, signs.rows() - 1, (signs.rows() + most_to_judge - 1) / most_to_judge);
  const Matrix distances = hamming_distances(signs(some, Eigen::all));
  const Vector values = outputs(some);
  Vector best;
  auto most = -std::numeric_limits<double>::infinity();
  for (const double degree : mean_degrees) {
    for (const double linear : linear_parts) {
      const auto tried = covariances(signs.cols(), degree, linear);
      if (const auto likelihood = fit(distances, tried, values).likelihood; best.size() == 0 || likelihood > most) {
        most = likelihood;
        best = tried;
      }
    }
  }
  return best;
}

/// All coalitions with LIME's weights: the distribution that its regression is over. A function of coalitions that
/// depends on one feature and the number of the others is written f(present, others).
class Neighbourhood {
 public:
  Neighbourhood(Index features, const Vector& weights) : features_(features), logs_(features + 1) {
    for (Index n = 0; n <= features; ++n) {
      logs_[n] = std::lgamma(static_cast<double>(n) + 1.0);
    }
    size_ = Vector(features + 1);
    for (Index n = 0; n <= features; ++n) {
      size_[n] = std::log(weights[n]) + log_choose(features, n);
    }
    size_ = (size_.array() - size_.maxCoeff()).exp();
    size_ /= size_.sum();
    const auto count = static_cast<double>(features);
    const Vector n = Vector::LinSpaced(features + 1, 0.0, count);
    mean_ = size_.dot(n) / count;
    const double both = features > 1 ? size_.dot(n.cwiseProduct(n) - n) / (count * (count - 1.0)) : mean_ * mean_;
    apart_ = mean_ - both;
    shared_ = (both - mean_ * mean_) / (apart_ + count * (both - mean_ * mean_));
  }

  double mean() const { return mean_; }          ///< of a feature's presence
  const Vector& sizes() const { return size_; }  ///< probabilities of every number of present features
  /// Whether features vary at all.
  bool is_wide() const { return apart_ > 1e-12; }

  /// Of a game whose covariance with every feature's presence is `moments`, the regression's coefficients.
  Vector coefficients(const Vector& moments) const { return (moments.array() - shared_ * moments.sum()) / apart_; }
  /// The coefficient of one feature, from its moment and the sum of all.
  double coefficient(double moment, double sum) const { return (moment - shared_ * sum) / apart_; }

  /// Of the game z -> covariance(z, z'): its mean, and its covariance with the presence of a feature.
  struct Moments {
    double mean = 0.0;
    double with_feature = 0.0;
  };
  /// z' has the feature (present = 1) or not (0), and so many others.
  Moments moments(int present, Index others, const Vector& by_distance) const {
    double without = 0.0;
    double with = 0.0;
    for (Index kept = 0; kept <= others; ++kept) {
      for (Index added = 0; added <= features_ - 1 - others; ++added) {
        const auto distance = others - kept + added;
        const auto ways = log_choose(others, kept) + log_choose(features_ - 1 - others, added);
        without += probability(ways, kept + added) * by_distance[distance + present];
        with += probability(ways, kept + added + 1) * by_distance[distance + 1 - present];
      }
    }
    return {without + with, with - mean_ * (without + with)};
  }

 private:
  double log_choose(Index n, Index k) const { return logs_[n] - logs_[k] - logs_[n - k]; }
  /// Of so many (a logarithm) of the coalitions with `size` features.
  double probability(double ways, Index size) const {
    return size_[size] * std::exp(ways - log_choose(features_, size));
  }

  Index features_;
  Vector logs_;  ///< of factorials
  Vector size_;
  double mean_ = 0.0;
  double apart_ = 0.0;   ///< a feature's variance less the covariance of two
  double shared_ = 0.0;  ///< that covariance's part in the inverse
};

/// The moments for every coalition that is asked for, by its number of features: computed once each.
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
  /// The coefficient of a feature in z -> covariance(z, z'), for z' of `size` features with it or without.
  double coefficient(int present, Index size) {
    const double with = size > 0 ? static_cast<double>(size) * (*this)(1, size - 1).with_feature : 0.0;
    const double without =
        size < features_ ? static_cast<double>(features_ - size) * (*this)(0, size).with_feature : 0.0;
    return neighbourhood_.coefficient((*this)(present, size - present).with_feature, with + without);
  }
  double mean(Index size) { return size > 0 ? (*this)(1, size - 1).mean : (*this)(0, 0).mean; }

 private:
  const Neighbourhood& neighbourhood_;
  const Vector& by_distance_;
  Index features_;
  std::vector<bool> known_;
  std::vector<Neighbourhood::Moments> moments_;
};

/// Of a coefficient, before anything is known of the game.
double prior_variance(const Neighbourhood& neighbourhood, MomentTable& table, Index features) {
  const auto count = static_cast<double>(features);
  double moment = 0.0;  // of z -> the coefficient of covariance(z, .), with the feature and with all of them
  double sum = 0.0;
  for (Index size = 0; size <= features; ++size) {
    const double probability = neighbourhood.sizes()[size];
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
  if (!neighbourhood.is_wide()) {
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
  Matrix covariance(rows.rows(), features);  // of the outputs and the coefficients
  Vector with_mean(rows.rows());             // and the mean
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

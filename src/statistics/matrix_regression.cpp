#include "statistics/matrix_regression.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <Eigen/Dense>

#include "base/random.hpp"
#include "base/shuffle.hpp"
#include "base/stop.hpp"

namespace sightline::statistics {
namespace {

constexpr double negligible = 1e-12;   // share of a norm that may be rounding
constexpr double determined = 1e-7;    // share of a predictor that others leave, below which they determine it
constexpr double no_remainder = 1e-6;  // share of the response, below which its correlations are rounding
constexpr double equal = 1e-9;         // difference of correlations that may be rounding

using Order = std::vector<std::size_t>;

/// Sets `cells` to the entries above the diagonal after rows and columns are put in the given order.
void take_cells(const std::vector<double>& matrix, const Order& order, Eigen::VectorXd& cells) {
  Eigen::Index cell = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const double* row = matrix.data() + order[i] * order.size();
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      cells[cell++] = row[order[j]];
    }
  }
}

/// Sets the cells above the diagonal of a matrix to mean 0 and norm 1 by subtracting from and dividing all of it.
/// Returns false where they are constant or not all finite; then the matrix is as it was.
bool standardise(std::vector<double>& matrix, const Order& order, Eigen::VectorXd& cells) {
  take_cells(matrix, order, cells);
  const double mean = cells.mean();
  const double norm = (cells.array() - mean).matrix().norm();
  if (!(norm > negligible * cells.norm())) {  // also where it is NaN
    return false;
  }
  std::transform(matrix.begin(), matrix.end(), matrix.begin(), [&](double value) { return (value - mean) / norm; });
  take_cells(matrix, order, cells);
  return true;
}

/// The predictors that are used, as an orthonormal basis.
struct Design {
  std::vector<std::size_t> used;  ///< indices of the predictors
  Eigen::MatrixXd predictors;     ///< cells x used: standardised
  Eigen::MatrixXd basis;          ///< cells x used: orthonormal, of what the predictors span
  Eigen::MatrixXd slopes;         ///< used x used: from coordinates in the basis to coefficients
};

/// Appends a standardised predictor to the design unless those before it determine it. `slopes` takes its coordinates.
void add_predictor(const Eigen::VectorXd& cells, std::size_t index, Design& design) {
  const auto rank = static_cast<Eigen::Index>(design.used.size());
  const auto basis = design.basis.leftCols(rank);
  Eigen::VectorXd rest = cells;
  Eigen::VectorXd along = Eigen::VectorXd::Zero(rank);
  for (int pass = 0; pass < 2; ++pass) {  // Gram and Schmidt's; the second pass takes what rounding left
    const Eigen::VectorXd part = basis.transpose() * rest;
    rest -= basis * part;
    along += part;
  }
  if (rest.norm() < determined) {
    return;
  }
  design.used.push_back(index);
  design.predictors.col(rank) = cells;
  design.basis.col(rank) = rest.normalized();
  design.slopes.col(rank).head(rank) = along;
  design.slopes(rank, rank) = rest.norm();
}

Design make_design(const std::vector<std::vector<double>>& predictors, const Order& order, Eigen::Index cells) {
  const auto most = static_cast<Eigen::Index>(predictors.size());
  Design design{{}, Eigen::MatrixXd(cells, most), Eigen::MatrixXd(cells, most), Eigen::MatrixXd::Zero(most, most)};
  Eigen::VectorXd column(cells);
  for (std::size_t i = 0; i < predictors.size(); ++i) {
    auto matrix = predictors[i];
    if (standardise(matrix, order, column)) {
      add_predictor(column, i, design);
    }
  }
  const auto rank = static_cast<Eigen::Index>(design.used.size());
  design.predictors.conservativeResize(Eigen::NoChange, rank);
  design.basis.conservativeResize(Eigen::NoChange, rank);
  const Eigen::MatrixXd triangle = design.slopes.topLeftCorner(rank, rank);
  design.slopes = triangle.triangularView<Eigen::Upper>().solve(Eigen::MatrixXd::Identity(rank, rank));
  return design;
}

/// The regression of one order of the response.
struct Fit {
  double r_squared = 0.0;
  double remainder = 0.0;        ///< norm of the residuals; that of the response is 1
  Eigen::VectorXd coefficients;  ///< by used predictor
  Eigen::VectorXd own;           ///< correlation of the response with what the others leave of the predictor
};

Fit fit(const Design& design, const Eigen::VectorXd& response) {
  const Eigen::VectorXd coordinates = design.basis.transpose() * response;
  Fit result{std::min(1.0, coordinates.squaredNorm()),
             (response - design.basis * coordinates).norm(),
             design.slopes * coordinates,
             {}};
  result.own = result.coefficients.cwiseQuotient(design.slopes.rowwise().norm());
  return result;
}

/// The partial correlation of the predictor with the response; NaN where the others leave nothing of the response.
double partial_correlation(const Fit& fitted, Eigen::Index predictor) {
  const double left = std::hypot(fitted.own[predictor], fitted.remainder);
  return left < no_remainder ? base::nan : fitted.own[predictor] / left;
}

/// Compares the regressions of permuted responses with that of the response as it is. Equal up to rounding counts as
/// equal: with few items or groups, many permutations give the same.
class Comparison {
 public:
  /// The arguments must outlive the object. response: standardised.
  Comparison(const Design& design, const std::vector<double>& response, const Eigen::VectorXd& cells)
      : design_(design), response_(response), cells_(cells), observed_(fit(design, cells)) {
    for (Eigen::Index i = 0; i < observed_.own.size(); ++i) {
      partial_.push_back(partial_correlation(observed_, i));
      as_extreme_.push_back(0);
    }
  }

  void take(const Order& order) {
    base::throw_if_stopped();
    ++permutations_;
    take_cells(response_, order, cells_);
    const auto permuted = fit(design_, cells_);
    as_large_ += permuted.r_squared >= observed_.r_squared - equal ? 1 : 0;
    for (std::size_t i = 0; i < partial_.size(); ++i) {
      const double partial = partial_correlation(permuted, static_cast<Eigen::Index>(i));
      as_extreme_[i] += std::abs(partial) >= std::abs(partial_[i]) - equal ? 1 : 0;
    }
  }

  /// exact: whether the response as it is was among the permutations; it counts once in any case.
  void report(bool exact, MatrixRegression& result) const {
    const auto share = [&](std::int64_t count) {
      const std::int64_t more = exact ? 0 : 1;
      return static_cast<double>(count + more) / static_cast<double>(permutations_ + more);
    };
    result.r_squared = observed_.r_squared;
    result.p = share(as_large_);
    result.permutations = permutations_;
    result.exact = exact;
    const auto rank = static_cast<Eigen::Index>(partial_.size());
    const double degrees = static_cast<double>(cells_.size() - 1 - rank);
    for (Eigen::Index i = 0; i < rank; ++i) {
      const auto at = static_cast<std::size_t>(i);
      auto& term = result.predictors[design_.used[at]];
      term.used = true;
      term.coefficient = observed_.coefficients[i];
      term.partial = partial_[at];
      if (!std::isnan(term.partial)) {
        term.t = observed_.own[i] * std::sqrt(degrees) / observed_.remainder;
        term.p = share(as_extreme_[at]);
      }
    }
  }

 private:
  const Design& design_;
  const std::vector<double>& response_;
  Eigen::VectorXd cells_;  ///< of the order that was taken last
  Fit observed_;
  std::vector<double> partial_;  ///< partial correlations of the response as it is
  std::int64_t as_large_ = 0;
  std::vector<std::int64_t> as_extreme_;
  std::int64_t permutations_ = 0;
};

/// The number of orders of the items, or something larger than `limit`.
double count_orders(std::size_t items, double limit) {
  double count = 1.0;
  for (std::size_t item = 2; item <= items && count <= limit; ++item) {
    count *= static_cast<double>(item);
  }
  return count;
}

/// Takes all orders if they are at most permutations + 1, random ones otherwise. Returns whether all were taken.
bool take_orders(Order order, std::int64_t permutations, std::uint64_t seed, Comparison& comparison) {
  const auto limit = static_cast<double>(permutations) + 1.0;
  if (count_orders(order.size(), limit) <= limit) {
    do {
      comparison.take(order);
    } while (std::next_permutation(order.begin(), order.end()));
    return true;
  }
  const base::NumberStream stream("matrix_regression", seed);
  std::uint64_t draw = 0;
  for (std::int64_t permutation = 0; permutation < permutations; ++permutation) {
    base::shuffle(order, stream, draw);
    comparison.take(order);
  }
  return false;
}

}  // namespace

MatrixRegression matrix_regression(const std::vector<double>& response,
                                   const std::vector<std::vector<double>>& predictors, std::size_t items,
                                   std::int64_t permutations, std::uint64_t seed) {
  MatrixRegression result;
  result.predictors.resize(predictors.size());
  if (items < 3) {
    return result;
  }
  Order order(items);
  std::iota(order.begin(), order.end(), 0);
  const auto pairs = items * (items - 1) / 2;
  const auto design = make_design(predictors, order, static_cast<Eigen::Index>(pairs));
  auto scaled = response;
  Eigen::VectorXd cells(static_cast<Eigen::Index>(pairs));
  if (!standardise(scaled, order, cells) || design.used.empty() || design.used.size() + 1 >= pairs) {
    return result;
  }
  Comparison comparison(design, scaled, cells);
  const bool exact = take_orders(order, permutations, seed, comparison);
  comparison.report(exact, result);
  for (std::size_t i = 0; i < design.used.size(); ++i) {
    const double correlation = design.predictors.col(static_cast<Eigen::Index>(i)).dot(cells);
    result.predictors[design.used[i]].mantel = std::clamp(correlation, -1.0, 1.0);
  }
  return result;
}

}  // namespace sightline::statistics

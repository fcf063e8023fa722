#include "attribution/coalitions/shapley_regression.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <Eigen/QR>

namespace sightline::attribution {
namespace {

using Members = std::vector<std::int64_t>;

/// Consecutive numbers of a stream.
class RandomSequence {
 public:
  explicit RandomSequence(const base::NumberStream& stream) : stream_(stream) {}
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(stream_.below(static_cast<std::uint64_t>(bound), next_++));
  }
  double uniform() { return stream_.uniform(next_++); }

 private:
  const base::NumberStream& stream_;
  std::uint64_t next_ = 0;
};

/// The number of pairs of a coalition of `size` features and its complement. Where both have that size, a pair is
/// represented by the coalition with feature 0.
double pairs_of_size(std::int64_t features, std::int64_t size) {
  double count = 1.0;
  for (std::int64_t i = 0; i < size; ++i) {
    count = count * static_cast<double>(features - i) / static_cast<double>(i + 1);
  }
  return 2 * size == features ? count / 2.0 : count;
}

/// The number of pairs to draw of each size 1 to features / 2: proportional to 1 / sqrt(size (features - size)), half
/// of that for a size that equals its complement's, and never more than there are.
std::vector<std::int64_t> allocate(RandomSequence& random, std::int64_t features, std::int64_t pairs) {
  const auto sizes = static_cast<std::size_t>(features / 2);
  std::vector<double> share(sizes);
  std::vector<double> room(sizes);
  for (std::size_t i = 0; i < sizes; ++i) {
    const auto size = static_cast<std::int64_t>(i) + 1;
    share[i] = (2 * size == features ? 0.5 : 1.0) / std::sqrt(static_cast<double>(size * (features - size)));
    room[i] = pairs_of_size(features, size);
  }
  std::vector<double> wanted(sizes, 0.0);
  std::vector<bool> full(sizes, false);
  auto rest = static_cast<double>(pairs);
  for (bool again = true; again;) {
    again = false;
    double open = 0.0;
    for (std::size_t i = 0; i < sizes; ++i) {
      open += full[i] ? 0.0 : share[i];
    }
    for (std::size_t i = 0; i < sizes; ++i) {
      wanted[i] = full[i] ? room[i] : rest * share[i] / std::max(open, share[i]);
    }
    for (std::size_t i = 0; i < sizes; ++i) {
      if (!full[i] && wanted[i] >= room[i]) {
        full[i] = again = true;
        rest -= room[i];
      }
    }
  }
  // Systematic sampling rounds the counts: their sum stays the same, and the expected count of each size is unchanged.
  std::vector<std::int64_t> counts(sizes);
  double position = random.uniform();
  double before = position;
  for (std::size_t i = 0; i < sizes; ++i) {
    position += wanted[i];
    counts[i] = full[i] ? static_cast<std::int64_t>(room[i])
                        : std::min(static_cast<std::int64_t>(std::floor(position) - std::floor(before)),
                                   static_cast<std::int64_t>(std::min(room[i], 1e15)));
    before = position;
  }
  return counts;
}

/// `size` random features in ascending order. With `with_first`, feature 0 is one of them.
Members draw_members(RandomSequence& random, std::int64_t features, std::int64_t size, bool with_first) {
  Members order(static_cast<std::size_t>(features));
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = with_first ? 1 : 0; i < size; ++i) {
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(i + random.below(features - i))]);
  }
  order.resize(static_cast<std::size_t>(size));
  std::sort(order.begin(), order.end());
  return order;
}

/// The next combination in lexicographic order; false after the last.
bool advance(Members& members, std::int64_t features) {
  const auto size = static_cast<std::int64_t>(members.size());
  for (std::int64_t i = size - 1; i >= 0; --i) {
    auto& member = members[static_cast<std::size_t>(i)];
    if (member < features - size + i) {
      ++member;
      for (auto j = i + 1; j < size; ++j) {
        members[static_cast<std::size_t>(j)] = members[static_cast<std::size_t>(j - 1)] + 1;
      }
      return true;
    }
  }
  return false;
}

/// `count` different coalitions of `size` features, each of which represents a pair.
std::vector<Members> draw_size(RandomSequence& random, std::int64_t features, std::int64_t size, std::int64_t count) {
  const bool own_complement = 2 * size == features;
  const double population = pairs_of_size(features, size);
  std::vector<Members> chosen;
  if (2.0 * static_cast<double>(count) < population) {
    std::set<Members> seen;
    while (static_cast<std::int64_t>(seen.size()) < count) {
      seen.insert(draw_members(random, features, size, own_complement));
    }
    chosen.assign(seen.begin(), seen.end());
    return chosen;
  }
  Members members(static_cast<std::size_t>(size));
  std::iota(members.begin(), members.end(), 0);
  do {
    if (!own_complement || members.front() == 0) {
      chosen.push_back(members);
    }
  } while (advance(members, features));
  for (std::int64_t i = 0; i < count; ++i) {
    const auto other = i + random.below(static_cast<std::int64_t>(chosen.size()) - i);
    std::swap(chosen[static_cast<std::size_t>(i)], chosen[static_cast<std::size_t>(other)]);
  }
  chosen.resize(static_cast<std::size_t>(count));
  return chosen;
}

/// The weight of a drawn pair: the Shapley kernel of its size, divided by the share of the pairs of that size that were
/// drawn. The number of coalitions of that size cancels; it is not computed, since above 1029 features it exceeds a
/// double.
double weight_of(std::int64_t features, std::int64_t size, std::size_t drawn) {
  const double twice = 2 * size == features ? 0.5 : 1.0;
  return twice * static_cast<double>(features - 1) / static_cast<double>(size * (features - size)) /
         static_cast<double>(drawn);
}

/// The sampling variance of the estimated values, from the influence of each drawn pair on them (features x pairs):
/// summed over the strata, with the correction for a finite population.
Vector variance(const Matrix& influence, const std::map<std::int64_t, std::vector<Eigen::Index>>& strata,
                const Vector& inclusion) {
  Vector total = Vector::Zero(influence.rows());
  for (const auto& [size, members] : strata) {
    const auto count = static_cast<double>(members.size());
    Vector mean = Vector::Zero(influence.rows());
    for (const auto i : members) {
      mean += influence.col(i) / count;
    }
    // A single draw gives no estimate of the variance; its square is used instead.
    const double factor = count > 1.0 ? count / (count - 1.0) : 1.0;
    for (const auto i : members) {
      const Vector apart = count > 1.0 ? Vector(influence.col(i) - mean) : Vector(influence.col(i));
      total += (1.0 - inclusion[i]) * factor * apart.cwiseAbs2();
    }
  }
  return total;
}

}  // namespace

CoalitionPairs draw_pairs(const base::NumberStream& stream, std::int64_t features, std::int64_t evaluations) {
  RandomSequence random(stream);
  const auto counts = allocate(random, features, (evaluations - 2) / 2);
  const auto total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  CoalitionPairs pairs{Matrix::Zero(total, features), Vector::Ones(total)};
  Eigen::Index row = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto size = static_cast<std::int64_t>(i) + 1;
    if (counts[i] == 0) {
      continue;
    }
    const double share = static_cast<double>(counts[i]) / pairs_of_size(features, size);
    for (const auto& members : draw_size(random, features, size, counts[i])) {
      for (const auto member : members) {
        pairs.rows(row, member) = 1.0;
      }
      pairs.inclusion[row++] = share;
    }
  }
  return pairs;
}

ShapleyEstimate solve_pairs(const CoalitionPairs& pairs, const Vector& outputs, const Vector& complements, double empty,
                            double full) {
  const auto features = pairs.rows.cols();
  const double mean = (full - empty) / static_cast<double>(features);
  const Vector sizes = pairs.rows.rowwise().sum();
  // Half the difference of a pair's outputs, minus the share of equal values, is g = z psi, where z is the row minus
  // its mean.
  const Matrix z = pairs.rows.colwise() - sizes / static_cast<double>(features);
  const Vector g = 0.5 * (outputs - complements).array() - mean * (sizes.array() - 0.5 * static_cast<double>(features));
  std::map<std::int64_t, std::vector<Eigen::Index>> strata;
  for (Eigen::Index i = 0; i < sizes.size(); ++i) {
    strata[std::llround(sizes[i])].push_back(i);
  }
  Vector weights(sizes.size());
  for (const auto& [size, members] : strata) {
    for (const auto i : members) {
      weights[i] = weight_of(features, size, members.size());
    }
  }
  const Vector roots = weights.cwiseSqrt();
  const Matrix scaled = roots.asDiagonal() * z;
  const Eigen::CompleteOrthogonalDecomposition<Matrix> solver(with_sum_row(scaled));
  const Matrix inverse = solver.pseudoInverse().leftCols(scaled.rows());  // features x pairs
  const Vector psi = inverse * roots.cwiseProduct(g);
  ShapleyEstimate estimate{psi.array() - psi.mean() + mean, {}};
  const Vector leverage = scaled.cwiseProduct(inverse.transpose()).rowwise().sum();
  const Vector residual = roots.cwiseProduct(g - z * psi).array() / (1.0 - leverage.array()).max(1e-3);
  estimate.standard_errors =
      variance(inverse * residual.asDiagonal(), strata, pairs.inclusion).cwiseMax(0.0).cwiseSqrt();
  return estimate;
}

Matrix draw_like_captum(const base::NumberStream& sizes, const base::NumberStream& keys, std::int64_t features,
                        std::int64_t evaluations) {
  std::vector<double> cumulative;
  for (std::int64_t k = 1; k < features; ++k) {
    const double share = static_cast<double>(features - 1) / static_cast<double>(k * (features - k));
    cumulative.push_back(share + (cumulative.empty() ? 0.0 : cumulative.back()));
  }
  const double total = cumulative.back();
  Matrix rows = Matrix::Zero(evaluations, features);
  rows.row(0).setOnes();
  for (std::int64_t row = 2; row < evaluations; ++row) {
    const double u = sizes.uniform(static_cast<std::uint64_t>(row)) * total;
    const auto above = std::upper_bound(cumulative.begin(), cumulative.end(), u) - cumulative.begin();
    const auto size = 1 + std::min<std::int64_t>(above, features - 2);
    Members order(static_cast<std::size_t>(features));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return keys.bits(static_cast<std::uint64_t>(row * features + a)) <
             keys.bits(static_cast<std::uint64_t>(row * features + b));
    });
    for (std::int64_t i = 0; i < size; ++i) {
      rows(row, order[static_cast<std::size_t>(i)]) = 1.0;
    }
  }
  return rows;
}

Regression solve_like_captum(const Matrix& rows, const Vector& outputs) {
  constexpr double end_weight = 1e6;
  const Vector sizes = rows.rowwise().sum();
  Vector weights = Vector::Ones(sizes.size());
  for (Eigen::Index i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 0.0 || sizes[i] == static_cast<double>(rows.cols())) {
      weights[i] = end_weight;
    }
  }
  return ridge(rows, outputs, weights, 0.0);
}

}  // namespace sightline::attribution

// Whether p values and intervals keep what they promise, by simulation: calibration_benchmark [DRAWS [RESAMPLES]], 1000
// and 2000 where not given. Prints two tables. The first: p values of each test in DRAWS simulations without the effect
// it tests (how far from uniform, and how many are at most 0.05) and with a planted one (its power). The second: how
// often 95 % bootstrap intervals contain the truth - those of `compare` (studentised), and three others that could
// replace them.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <fmt/format.h>

#include "base/random.hpp"
#include "statistics/bootstrap.hpp"
#include "statistics/group_tests.hpp"
#include "statistics/mantel.hpp"
#include "statistics/matrix_regression.hpp"
#include "statistics/statistics.hpp"

namespace {

using namespace sightline;

using Matrix = std::vector<double>;
using Numbers = std::vector<double>;

// ---- p values
// --------------------------------------------------------------------------------------------------------

constexpr std::int64_t permutations = 1999;  // random ones; 9 + 5 items have 2002 arrangements
constexpr std::size_t dimensions = 4;

Numbers normal_numbers(const char* name, std::size_t count, std::uint64_t seed) {
  const base::NumberStream stream(name, seed);
  Numbers numbers;
  for (std::size_t i = 0; i < count; ++i) {
    numbers.push_back(stream.normal(i));
  }
  return numbers;
}

/// Euclidean distances of Gaussian points in `dimensions` dimensions, the first coordinate of each moved by `shift`.
Matrix point_distances(const Numbers& shift, std::uint64_t seed) {
  const auto items = shift.size();
  auto points = normal_numbers("points", items * dimensions, seed);
  for (std::size_t item = 0; item < items; ++item) {
    points[item * dimensions] += shift[item];
  }
  Matrix matrix;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < items; ++j) {
      double square = 0.0;
      for (std::size_t d = 0; d < dimensions; ++d) {
        square += std::pow(points[i * dimensions + d] - points[j * dimensions + d], 2);
      }
      matrix.push_back(std::sqrt(square));
    }
  }
  return matrix;
}

Matrix differences(const Numbers& values) {
  Matrix matrix;
  for (const double row : values) {
    for (const double column : values) {
      matrix.push_back(std::abs(row - column));
    }
  }
  return matrix;
}

/// a + factor b, element by element.
Numbers sum(Numbers a, double factor, const Numbers& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] += factor * b[i];
  }
  return a;
}

/// How a simulated test did.
struct Calibration {
  double distance = 0.0;     ///< Kolmogorov and Smirnov's from the uniform distribution, at the values that occurred
  double significant = 0.0;  ///< share of p values up to 0.05
};

/// p: of one simulation by its number. At the values that p can take, P(p' <= p) = p should hold; between them it
/// cannot, where there are few arrangements.
Calibration calibrate(std::uint64_t draws, const std::function<double(std::uint64_t)>& p) {
  Numbers values;
  for (std::uint64_t draw = 0; draw < draws; ++draw) {
    values.push_back(p(draw));
  }
  std::sort(values.begin(), values.end());
  Calibration found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i + 1 == values.size() || values[i + 1] > values[i] + 1e-9) {
      found.distance = std::max(found.distance, std::abs(values[i] - static_cast<double>(i + 1) / values.size()));
    }
  }
  const auto end = std::upper_bound(values.begin(), values.end(), 0.05 + 1e-9);
  found.significant = static_cast<double>(end - values.begin()) / static_cast<double>(values.size());
  return found;
}

void print_test(const char* name, const std::string& effect, std::uint64_t draws,
                const std::function<double(std::uint64_t)>& p) {
  const auto found = calibrate(draws, p);
  std::printf("%-46s %-24s %10.3f %10.3f\n", name, effect.c_str(), found.distance, found.significant);
  std::fflush(stdout);
}

statistics::Groups groups_of(std::size_t first, std::size_t second) {
  statistics::Groups groups(first, 0);
  groups.resize(first + second, 1);
  return groups;
}

Numbers as_numbers(const statistics::Groups& groups) {
  return {groups.begin(), groups.end()};
}

double p_permanova(const statistics::Groups& groups, double apart, std::uint64_t draw) {
  const auto matrix = point_distances(sum(Numbers(groups.size(), 0.0), apart, as_numbers(groups)), draw);
  const auto share = [&](const statistics::Groups& other) { return statistics::permanova(matrix, other).r_squared; };
  return statistics::permute_groups(groups, {share}, 2001, draw)[0].p;
}

double p_anosim(const statistics::Groups& groups, double apart, std::uint64_t draw) {
  const auto matrix = point_distances(sum(Numbers(groups.size(), 0.0), apart, as_numbers(groups)), draw);
  const auto ranks = statistics::rank_pairs(matrix, groups.size());
  const auto r = [&](const statistics::Groups& other) { return statistics::anosim(ranks, other); };
  return statistics::permute_groups(groups, {r}, 2001, draw)[0].p;
}

void print_group_tests(std::uint64_t draws) {
  for (const auto& [first, second] : {std::pair<std::size_t, std::size_t>{9, 5}, {3, 3}}) {
    const auto groups = groups_of(first, second);
    const auto sizes = fmt::format(", {} + {} items", first, second);
    for (const double apart : {0.0, 1.0, 2.0, 3.0}) {
      const auto effect = fmt::format("{:g} sd apart", apart);
      print_test(("permanova" + sizes).c_str(), effect, draws,
                 [&](std::uint64_t draw) { return p_permanova(groups, apart, draw); });
      print_test(("anosim" + sizes).c_str(), effect, draws,
                 [&](std::uint64_t draw) { return p_anosim(groups, apart, draw); });
    }
  }
}

/// Effects of the predictors on the response, and how the second is tied to the first.
struct Planted {
  double group = 0.0;
  double accuracy = 0.0;
  double tie = 0.0;      ///< by how many deviations the groups' accuracies differ
  bool by_place = true;  ///< the effects move the points; otherwise they are added to the distances, and are linear
};

/// The response of 14 items.
Matrix response_of(const Planted& planted, const Numbers& group, const Numbers& accuracy, std::uint64_t draw) {
  const Numbers none(group.size(), 0.0);
  if (planted.by_place) {
    return point_distances(sum(sum(none, planted.group, group), planted.accuracy, accuracy), draw);
  }
  return sum(sum(point_distances(none, draw), planted.group, differences(group)), planted.accuracy,
             differences(accuracy));
}

/// The regression of 14 items in groups 9 + 5 on group, accuracy and input resolution.
statistics::MatrixRegression regress(const Planted& planted, std::uint64_t draw) {
  const auto group = as_numbers(groups_of(9, 5));
  const auto accuracy = sum(normal_numbers("accuracy", group.size(), draw), planted.tie, group);
  Numbers resolution;
  const base::NumberStream stream("resolution", draw);
  for (std::size_t i = 0; i < group.size(); ++i) {
    resolution.push_back(std::vector<double>{224, 240, 288, 384}[stream.below(4, i)]);
  }
  return statistics::matrix_regression(response_of(planted, group, accuracy, draw),
                                       {differences(group), differences(accuracy), differences(resolution)},
                                       group.size(), permutations, draw);
}

void print_regressions(std::uint64_t draws) {
  const auto p_of = [&](const char* name, const char* effect, const Planted& planted, std::size_t predictor) {
    print_test(name, effect, draws, [&](std::uint64_t draw) { return regress(planted, draw).predictors[predictor].p; });
  };
  print_test("matrix regression, all predictors (R2)", "none", draws,
             [](std::uint64_t draw) { return regress({}, draw).p; });
  p_of("matrix regression, group", "none", {}, 0);
  p_of("matrix regression, accuracy", "none", {}, 1);
  p_of("matrix regression, resolution", "none", {}, 2);
  p_of("matrix regression, accuracy", "none; group 3 sd", {3.0, 0.0, 0.0}, 1);
  p_of("matrix regression, resolution", "none; group 3 sd", {3.0, 0.0, 0.0}, 2);
  for (const bool by_place : {true, false}) {
    const auto* of_group = by_place ? "none; group 3 sd" : "none; group adds 1";
    const auto* of_accuracy = by_place ? "none; accuracy 1 sd" : "none; accuracy adds 1";
    p_of("matrix regression, accuracy tied to group", "none", {0.0, 0.0, 2.0, by_place}, 1);
    p_of("matrix regression, accuracy tied to group", of_group, {by_place ? 3.0 : 1.0, 0.0, 2.0, by_place}, 1);
    p_of("matrix regression, group tied to accuracy", of_accuracy, {0.0, 1.0, 2.0, by_place}, 0);
  }
  for (const double slope : {1.0, 2.0}) {
    p_of("matrix regression, accuracy", slope == 1.0 ? "1 sd per sd" : "2 sd per sd", {0.0, slope, 0.0}, 1);
  }
  p_of("matrix regression, group", "3 sd apart", {3.0, 0.0, 0.0}, 0);
  p_of("matrix regression, accuracy", "2 sd per sd; group 3 sd", {3.0, 2.0, 0.0}, 1);
}

void print_mantel(std::uint64_t draws) {
  for (const double slope : {0.0, 1.0, 2.0}) {
    print_test("mantel, 14 items", fmt::format("{:g} sd per sd", slope), draws, [&](std::uint64_t draw) {
      const auto accuracy = normal_numbers("accuracy", 14, draw);
      const auto matrix = point_distances(sum(Numbers(14, 0.0), slope, accuracy), draw);
      return statistics::mantel(differences(accuracy), matrix, 14, permutations, draw).p;
    });
  }
}

// ---- Intervals
// -------------------------------------------------------------------------------------------------------

/// A distribution of the similarity of a pair of models on an image, in [0, 1].
struct Similarity {
  const char* name;
  std::function<double(double, double)> value;  ///< from two uniform numbers
  double mean;
  double mean_square;
};

/// Beta(a, 1): its moments are a / (a + k).
Similarity power_of_uniform(const char* name, double a) {
  return {name, [a](double u, double) { return std::pow(u, 1.0 / a); }, a / (a + 1.0), a / (a + 2.0)};
}

/// Uniform in [0.9, 1], but on a share of the images in [0, 0.5].
Similarity with_outliers(const char* name, double share) {
  return {name, [share](double u, double v) { return v < share ? 0.5 * u : 0.9 + 0.1 * u; },
          share * 0.25 + (1.0 - share) * 0.95, share * 0.25 / 3.0 + (1.0 - share) * (0.95 * 0.95 + 0.01 / 12.0)};
}

/// The skewness of a value, or of the square of 1 - value, by the midpoint rule.
double skewness(const Similarity& similarity, bool of_square) {
  constexpr int steps = 20000;
  constexpr int shares = 20;
  Numbers values;
  for (int i = 0; i < steps * shares; ++i) {
    const double value = similarity.value((i / shares + 0.5) / steps, (i % shares + 0.5) / shares);
    values.push_back(of_square ? (1.0 - value) * (1.0 - value) : value);
  }
  double mean = 0.0;
  for (const double value : values) {
    mean += value / (steps * shares);
  }
  double square = 0.0;
  double cube = 0.0;
  for (const double value : values) {
    square += std::pow(value - mean, 2) / (steps * shares);
    cube += std::pow(value - mean, 3) / (steps * shares);
  }
  return cube / std::pow(square, 1.5);
}

std::vector<Similarity> similarities() {
  return {power_of_uniform("Beta(4,1)", 4.0), power_of_uniform("Beta(20,1)", 20.0),
          power_of_uniform("Beta(.25,1)", 0.25), with_outliers("5 % outliers", 0.05)};
}

double normal_quantile(double p) {
  double low = -40.0;
  double high = 40.0;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
  }
  return low;
}

double normal_share(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

Interval at_shares(const Numbers& resampled, double low, double high) {
  return {statistics::percentile(resampled, 100.0 * low), statistics::percentile(resampled, 100.0 * high)};
}

/// Hesterberg's expanded percentile interval (The American Statistician 2015): as wide as Student's t asks, of which
/// this is Cornish and Fisher's expansion, and by sqrt(n / (n - 1)) for the resamples' too small variance.
Interval expanded(const Numbers& resampled, double n) {
  const double z = normal_quantile(0.975);
  const double t = z + (z * z * z + z) / (4.0 * (n - 1.0));
  const double share = normal_share(-t * std::sqrt(n / (n - 1.0)));
  return at_shares(resampled, share, 1.0 - share);
}

/// Efron's BCa interval (JASA 1987). influence: empirical, of each image on the estimate.
Interval bca(const Numbers& resampled, double estimate, const Numbers& influence) {
  double below = 0.0;
  for (const double value : resampled) {
    below += value < estimate ? 1.0 : (value == estimate ? 0.5 : 0.0);
  }
  const auto count = static_cast<double>(resampled.size());
  const double bias = normal_quantile(std::clamp(below / count, 0.5 / count, 1.0 - 0.5 / count));
  double squares = 0.0;
  double cubes = 0.0;
  for (const double value : influence) {
    squares += value * value;
    cubes += value * value * value;
  }
  const double acceleration = squares > 0.0 ? cubes / (6.0 * std::pow(squares, 1.5)) : 0.0;
  const auto share = [&](double z) { return normal_share(bias + (bias + z) / (1.0 - acceleration * (bias + z))); };
  return at_shares(resampled, share(normal_quantile(0.025)), share(normal_quantile(0.975)));
}

/// How many of the draws' intervals contained the truth.
class Coverage {
 public:
  void add(const Interval& interval, double truth) {
    ++draws_;
    above_ += truth > interval.high ? 1.0 : 0.0;
    below_ += truth < interval.low ? 1.0 : 0.0;
  }
  double covered() const { return 100.0 * (1.0 - (above_ + below_) / draws_); }
  std::string misses() const { return fmt::format("{:.1f}/{:.1f}", 100.0 * below_ / draws_, 100.0 * above_ / draws_); }

 private:
  double draws_ = 0.0;
  double above_ = 0.0;
  double below_ = 0.0;
};

/// Of the four intervals: percentile, expanded, BCa, and the studentised one of `compare`.
struct Coverages {
  Coverage mean[4];
  Coverage dissimilarity[4];
};

Numbers column(const Eigen::MatrixXd& matrix, std::size_t index) {
  const auto values = matrix.col(static_cast<Eigen::Index>(index));
  return {values.begin(), values.end()};
}

struct Moments {
  double mean = 0.0;
  double deviation = 0.0;  ///< unbiased (n - 1)
};

Moments moments_of(const Numbers& values) {
  const auto n = static_cast<double>(values.size());
  Moments moments;
  for (const double value : values) {
    moments.mean += value / n;
  }
  for (const double value : values) {
    moments.deviation += (value - moments.mean) * (value - moments.mean) / (n - 1.0);
  }
  moments.deviation = std::sqrt(moments.deviation);
  return moments;
}

/// The deviations from the mean: the influence of each value on the mean, and, of squares, on their root as well, whose
/// acceleration is the same.
Numbers centred(Numbers values) {
  const double mean = moments_of(values).mean;
  for (auto& value : values) {
    value -= mean;
  }
  return values;
}

/// The values of one draw of every distribution.
std::vector<Numbers> draw_values(const std::vector<Similarity>& all, std::size_t images, std::uint64_t draw) {
  std::vector<Numbers> values(all.size());
  const base::NumberStream stream("similarity", draw);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t image = 0; image < images; ++image) {
      const auto [u, v] = stream.uniform_pair(i * images + image);
      values[i].push_back(static_cast<double>(static_cast<float>(all[i].value(u, v))));
    }
  }
  return values;
}

/// Adds the four intervals of a quantity. Its resamples are column `index` of `resampled`; influence: of each image on
/// it, plus a constant; studentised: the limits of all quantities by `compare`.
void add(const Eigen::MatrixXd& resampled, std::size_t index, double estimate, const Numbers& influence,
         const statistics::Intervals& studentised, double truth, Coverage (&coverage)[4]) {
  const auto found = column(resampled, index);
  coverage[0].add(at_shares(found, 0.025, 0.975), truth);
  coverage[1].add(expanded(found, static_cast<double>(influence.size())), truth);
  coverage[2].add(bca(found, estimate, centred(influence)), truth);
  coverage[3].add({studentised.low[index], studentised.high[index]}, truth);
}

/// The squares of 1 - value, whose mean is the dissimilarity's square up to a share 1 / n of the variance.
Numbers squares(Numbers values) {
  for (auto& value : values) {
    value = (1.0 - value) * (1.0 - value);
  }
  return values;
}

std::vector<Coverages> simulate(const std::vector<Similarity>& all, std::size_t images, std::uint64_t draws,
                                std::size_t resamples) {
  std::vector<Coverages> coverages(all.size());
  for (std::uint64_t draw = 0; draw < draws; ++draw) {
    const auto values = draw_values(all, images, draw);
    std::vector<float> flat;
    for (const auto& some : values) {
      flat.insert(flat.end(), some.begin(), some.end());
    }
    const statistics::PairValues pairs{flat, values.size(), images};
    const auto resampled = statistics::resample(pairs, resamples, draw, /*with_errors=*/true);
    const auto limits = statistics::studentised_intervals(pairs, resampled, 0.95);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double truth = std::sqrt(1.0 - 2.0 * all[i].mean + all[i].mean_square);  // (1 - mean)^2 + variance
      const auto own = moments_of(values[i]);
      add(resampled.mean, i, own.mean, values[i], limits.mean, all[i].mean, coverages[i].mean);
      add(resampled.dissimilarity, i, std::hypot(1.0 - own.mean, own.deviation), squares(values[i]),
          limits.dissimilarity, truth, coverages[i].dissimilarity);
    }
  }
  return coverages;
}

void print_coverage(bool dissimilarity, const Similarity& similarity, std::size_t images,
                    const Coverage (&coverage)[4]) {
  std::printf("%-14s %-13s %6.2f %6zu", dissimilarity ? "dissimilarity" : "mean", similarity.name,
              skewness(similarity, dissimilarity), images);
  for (const auto& one : coverage) {
    std::printf("  %5.1f (%-9s)", one.covered(), one.misses().c_str());
  }
  std::printf("  %s\n", std::abs(coverage[3].covered() - 95.0) <= 2.0 ? "yes" : "NO");
  std::fflush(stdout);
}

void print_intervals(std::uint64_t draws, std::size_t resamples) {
  const auto all = similarities();
  for (const std::size_t images : {64, 128, 256, 1000}) {
    const auto coverages = simulate(all, images, draws, resamples);
    for (std::size_t i = 0; i < all.size(); ++i) {
      print_coverage(false, all[i], images, coverages[i].mean);
      print_coverage(true, all[i], images, coverages[i].dissimilarity);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t draws = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
  const std::size_t resamples = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2000;
  std::printf("%-46s %-24s %10s %10s\n", "test", "effect", "KS", "p <= 0.05");
  print_group_tests(draws);
  print_regressions(draws);
  print_mantel(draws);
  std::printf("\nKS of uniform p values is above %.3f in one of a hundred tables' rows.\n\n",
              1.63 / std::sqrt(static_cast<double>(draws)));
  std::printf("skew: of the similarity, or of (1 - similarity)^2, whose mean is the dissimilarity's square\n");
  std::printf("Coverage of 95 %% intervals in %%, in brackets the truth below / above them; within 2: studentised's\n");
  std::printf("%-14s %-13s %6s %6s  %-17s  %-17s  %-17s  %-17s  within 2\n", "quantity", "similarity", "skew", "images",
              "percentile", "expanded", "BCa", "studentised");
  print_intervals(draws, resamples);
  return 0;
}

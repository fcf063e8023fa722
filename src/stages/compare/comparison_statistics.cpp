#include "stages/compare/comparison_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "stages/run/pair_shares.hpp"
#include "statistics/bootstrap.hpp"
#include "statistics/statistics.hpp"

namespace sightline::stages {
namespace {

using comparison::pair_index;

/// The indices of the pairs of two different models.
std::vector<std::size_t> off_diagonal(std::size_t models) {
  std::vector<std::size_t> pairs;
  for (std::size_t a = 0; a < models; ++a) {
    for (std::size_t b = a + 1; b < models; ++b) {
      pairs.push_back(pair_index(a, b, models));
    }
  }
  return pairs;
}

/// The cells of a symmetric matrix in the order of pairs.
std::vector<double> by_pair(const std::vector<double>& matrix, std::size_t models) {
  std::vector<double> cells;
  for (std::size_t a = 0; a < models; ++a) {
    for (std::size_t b = a; b < models; ++b) {
      cells.push_back(matrix[a * models + b]);
    }
  }
  return cells;
}

/// collective. Joins the limits of all ranks: those of all pairs on the root; elsewhere there are none.
statistics::Intervals gather_limits(const comm::Communicator& ranks, const statistics::Intervals& own,
                                    const std::vector<PairShare>& shares) {
  std::vector<std::uint64_t> counts;
  for (const auto& share : shares) {
    counts.push_back(share.count);
  }
  return {ranks.gather(std::span(own.low), counts), ranks.gather(std::span(own.high), counts)};
}

/// collective. Adds the bootstrap intervals of all pairs to `table`, of which each rank computes its own. Returns the
/// dissimilarities of its own pairs in every resample. The bits do not depend on how pairs are shared.
Eigen::MatrixXd add_intervals(const comm::Communicator& ranks, const job::JobConfig& config,
                              const statistics::PairValues& own, const std::vector<PairShare>& shares,
                              PairTable& table) {
  statistics::Resampled resampled;
  statistics::PairIntervals limits;
  ranks.all_or_throw([&] {
    const auto resamples = static_cast<std::size_t>(config.compare.resamples);
    resampled = statistics::resample(own, resamples, config.seed, /*with_errors=*/true);
    limits = statistics::studentised_intervals(own, resampled, config.compare.confidence);
  });
  table.mean = gather_limits(ranks, limits.mean, shares);
  table.dissimilarity = gather_limits(ranks, limits.dissimilarity, shares);
  return std::move(resampled.dissimilarity);
}

/// collective. `dissimilarity`: of this rank's pairs in every resample.
void add_differences(const comm::Communicator& ranks, const job::JobConfig& config,
                     const Eigen::MatrixXd& dissimilarity, const std::vector<PairShare>& shares, std::size_t models,
                     MetricResult& metric) {
  const auto all = gather_replicates(ranks, dissimilarity, shares, static_cast<std::size_t>(dissimilarity.rows()));
  if (ranks.is_root()) {
    metric.differences = statistics::differences(by_pair(metric.all.matrices.dissimilarity, models), all,
                                                 off_diagonal(models), config.compare.confidence);
  }
}

/// collective.
void add_bootstrap(const comm::Communicator& ranks, const job::JobConfig& config, const ComparisonResult& result,
                   const MethodComparison& method, MetricResult& metric) {
  const auto models = method.models.size();
  const auto shares = share_pairs(static_cast<std::size_t>(ranks.size()), comparison::pair_count(models));
  const auto intervals = [&](const std::vector<float>& values, PairTable& table) {
    return add_intervals(ranks, config, {values, metric.own.count, result.images}, shares, table);
  };
  if (const auto dissimilarity = intervals(metric.per_image, metric.all); models <= max_models_for_differences) {
    add_differences(ranks, config, dissimilarity, shares, models, metric);
  }
  std::vector<std::vector<std::int32_t>> predictions;
  for (const auto row : method.prediction_rows) {
    predictions.push_back(result.predictions[row]);
  }
  auto matching = metric.per_image;
  comparison::keep_matching(matching, metric.own.first, predictions);
  intervals(matching, metric.matching);
}

/// collective.
void add_subset_errors(const comm::Communicator& ranks, const job::JobConfig& config, std::size_t images,
                       std::size_t models, MetricResult& metric) {
  const auto subsets = config.compare.subsets;
  const auto sizes = statistics::subset_sizes(config.compare.image_counts, images);
  Eigen::MatrixXd part;
  ranks.all_or_throw([&] {
    part =
        statistics::subset_dissimilarities({metric.per_image, metric.own.count, images}, sizes, subsets, config.seed);
  });
  const auto shares = share_pairs(static_cast<std::size_t>(ranks.size()), comparison::pair_count(models));
  const auto all = gather_replicates(ranks, part, shares, static_cast<std::size_t>(part.rows()));
  if (ranks.is_root()) {
    metric.subset_errors = statistics::subset_errors(all(Eigen::all, off_diagonal(models)), sizes, subsets);
  }
}

/// collective.
void add_reliability(const comm::Communicator& ranks, const job::JobConfig& config, std::size_t images,
                     std::size_t models, MetricResult& metric) {
  Eigen::MatrixXd part;
  ranks.all_or_throw([&] {
    part = statistics::half_dissimilarities({metric.per_image, metric.own.count, images}, config.compare.subsets,
                                            config.seed);
  });
  const auto shares = share_pairs(static_cast<std::size_t>(ranks.size()), comparison::pair_count(models));
  const auto all = gather_replicates(ranks, part, shares, static_cast<std::size_t>(part.rows()));
  if (ranks.is_root()) {
    metric.reliability = statistics::split_half_reliability(all(Eigen::all, off_diagonal(models)));
  }
}

void add_agreement_correlation(const ComparisonResult& result, const MethodComparison& method, MetricResult& metric) {
  std::vector<double> same;
  std::vector<double> similarity;
  const auto models = method.models.size();
  for (std::size_t a = 0; a < models; ++a) {
    for (std::size_t b = a + 1; b < models; ++b) {
      same.push_back(
          result.same_predictions[method.prediction_rows[a] * result.models.size() + method.prediction_rows[b]]);
      similarity.push_back(metric.all.matrices.mean[a * models + b]);
    }
  }
  if (same.size() > 1) {
    metric.agreement_correlation = statistics::pearson(same, similarity);
  }
}

/// The rows and columns of a square matrix whose names are in `wanted`, in that order. `names`: of all rows.
std::vector<double> submatrix(const std::vector<double>& matrix, const std::vector<std::string>& names,
                              const std::vector<std::string>& wanted) {
  std::vector<std::size_t> indices;
  indices.reserve(wanted.size());
  for (const auto& name : wanted) {
    indices.push_back(static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin()));
  }
  return statistics::submatrix(matrix, names.size(), indices);
}

/// A dissimilarity matrix of the comparison.
struct ResultMatrix {
  const MethodComparison* method;
  const MetricResult* metric;
};

void add_matrix_tests(const job::JobConfig& config, ComparisonResult& result) {
  std::vector<ResultMatrix> matrices;
  for (const auto& method : result.methods) {
    for (const auto& metric : method.metrics) {
      matrices.push_back({&method, &metric});
    }
  }
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    for (std::size_t j = i + 1; j < matrices.size(); ++j) {
      const auto& [method_a, metric_a] = matrices[i];
      const auto& [method_b, metric_b] = matrices[j];
      std::vector<std::string> common;
      std::copy_if(method_a->models.begin(), method_a->models.end(), std::back_inserter(common),
                   [&, &names = method_b->models](const std::string& name) {
                     return std::find(names.begin(), names.end(), name) != names.end();
                   });
      if (common.size() >= 3) {
        result.matrix_tests.push_back(
            {method_a->method, metric_a->metric, method_b->method, metric_b->metric, common.size(),
             statistics::mantel(submatrix(metric_a->all.matrices.dissimilarity, method_a->models, common),
                                submatrix(metric_b->all.matrices.dissimilarity, method_b->models, common),
                                common.size(), config.compare.permutations, config.seed)});
      }
    }
  }
}

}  // namespace

void add_bootstrap(const comm::Communicator& ranks, const job::JobConfig& config, ComparisonResult& result) {
  for (auto& method : result.methods) {
    if (ranks.is_root() && method.models.size() > max_models_for_differences) {
      base::log_info(fmt::format("compare: {}: {} models; differences between cells are computed for at most {}",
                                 method.method, method.models.size(), max_models_for_differences));
    }
    for (auto& metric : method.metrics) {
      add_bootstrap(ranks, config, result, method, metric);
    }
  }
}

void add_subset_errors(const comm::Communicator& ranks, const job::JobConfig& config, ComparisonResult& result) {
  for (auto& method : result.methods) {
    for (auto& metric : method.metrics) {
      if (method.models.size() > 1) {
        add_subset_errors(ranks, config, result.images, method.models.size(), metric);
        add_reliability(ranks, config, result.images, method.models.size(), metric);
      }
    }
  }
}

void add_statistics(const job::JobConfig& config, ComparisonResult& result) {
  for (auto& method : result.methods) {
    for (auto& metric : method.metrics) {
      add_agreement_correlation(result, method, metric);
    }
  }
  if (config.compare.permutations > 0) {
    add_matrix_tests(config, result);
  }
}

}  // namespace sightline::stages

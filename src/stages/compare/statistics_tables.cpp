#include "stages/compare/statistics_tables.hpp"

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/nan.hpp"
#include "base/text.hpp"
#include "statistics/bootstrap.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;
using base::python_number;
using comparison::pair_index;

/// Writes a table that has a row below the header.
void write(const fs::path& file, const base::CsvTable& table) {
  if (!table.empty()) {
    base::write_text(file, table.text());
  }
}

/// One end of a pair's interval; empty text without intervals.
std::string limit(const std::optional<statistics::Intervals>& intervals, bool low, std::size_t pair) {
  return intervals ? python_number((low ? intervals->low : intervals->high)[pair]) : "";
}

void write_pairs(const fs::path& file, const std::vector<std::string>& models, const PairTable& pairs) {
  base::CsvTable table({"model_a", "model_b", "images", "mean", "std", "dissimilarity", "mean_low", "mean_high",
                        "dissimilarity_low", "dissimilarity_high"});
  for (std::size_t a = 0; a < models.size(); ++a) {
    for (std::size_t b = a + 1; b < models.size(); ++b) {
      const auto pair = pair_index(a, b, models.size());
      const auto cell = a * models.size() + b;
      table.add({models[a], models[b], std::to_string(pairs.images[pair]), python_number(pairs.matrices.mean[cell]),
                 python_number(pairs.matrices.deviation[cell]), python_number(pairs.matrices.dissimilarity[cell]),
                 limit(pairs.mean, true, pair), limit(pairs.mean, false, pair), limit(pairs.dissimilarity, true, pair),
                 limit(pairs.dissimilarity, false, pair)});
    }
  }
  write(file, table);
}

/// The two models of every pair, in the order of pairs. `with_diagonal`: whether a model with itself is a pair.
std::vector<std::pair<std::string, std::string>> names_of_pairs(const std::vector<std::string>& models,
                                                                bool with_diagonal) {
  std::vector<std::pair<std::string, std::string>> names;
  for (std::size_t a = 0; a < models.size(); ++a) {
    for (std::size_t b = with_diagonal ? a : a + 1; b < models.size(); ++b) {
      names.emplace_back(models[a], models[b]);
    }
  }
  return names;
}

void write_differences(const fs::path& file, const std::vector<std::string>& models, const MetricResult& metric) {
  base::CsvTable table({"model_a", "model_b", "model_c", "model_d", "difference", "low", "high", "p", "p_holm"});
  const auto names = names_of_pairs(models, true);
  for (const auto& found : metric.differences) {
    const auto& [a, b] = names[found.first];
    const auto& [c, d] = names[found.second];
    table.add({a, b, c, d, python_number(found.value), python_number(found.low), python_number(found.high),
               python_number(found.p), python_number(found.p_adjusted)});
  }
  write(file, table);
}

/// Writes the floor of every two models, and as a matrix.
void write_floor(const fs::path& tables, const std::string& name, const std::vector<std::string>& models,
                 const SimilarityFloor& floor) {
  base::CsvTable table({"model_a", "model_b", "images", "draws", "similarity", "floor", "above", "above_low",
                        "above_high", "p", "p_holm", "mean_maps"});
  base::NamedMatrix matrix{models, std::vector<double>(models.size() * models.size(), base::nan)};
  const auto limit = [](const std::vector<double>& limits, std::size_t pair) {
    return limits.empty() ? std::string() : python_number(limits[pair]);
  };
  for (std::size_t a = 0; a < models.size(); ++a) {
    for (std::size_t b = a + 1; b < models.size(); ++b) {
      const auto pair = pair_index(a, b, models.size());
      matrix.values[a * models.size() + b] = matrix.values[b * models.size() + a] = floor.floor[pair];
      table.add({models[a], models[b], std::to_string(floor.images), std::to_string(floor.draws),
                 python_number(floor.similarity[pair]), python_number(floor.floor[pair]),
                 python_number(floor.similarity[pair] - floor.floor[pair]), limit(floor.above.low, pair),
                 limit(floor.above.high, pair), python_number(floor.p[pair]), python_number(floor.p_adjusted[pair]),
                 python_number(floor.mean_maps[pair])});
    }
  }
  base::write_text(tables / ("floor_" + name + ".csv"), table.text());
  base::write_text(tables / ("similarity_floor_" + name + ".csv"), base::matrix_csv(matrix));
}

void write_subset_errors(const fs::path& tables, const std::string& name, const std::vector<std::string>& models,
                         const MetricResult& metric) {
  base::CsvTable sums({"images", "subset", "sum_absolute_difference", "mean_absolute_difference"});
  base::CsvTable cells({"images", "model_a", "model_b", "variance"});
  const auto names = names_of_pairs(models, false);
  for (const auto& errors : metric.subset_errors) {
    const auto images = std::to_string(errors.images);
    for (std::size_t subset = 0; subset < errors.sum_absolute.size(); ++subset) {
      sums.add({images, std::to_string(subset), python_number(errors.sum_absolute[subset]),
                python_number(errors.mean_absolute[subset])});
    }
    for (std::size_t pair = 0; pair < names.size(); ++pair) {
      cells.add({images, names[pair].first, names[pair].second, python_number(errors.cell_variances[pair])});
    }
  }
  write(tables / ("image_count_" + name + ".csv"), sums);
  write(tables / ("image_count_cells_" + name + ".csv"), cells);
}

void write_agreement(const fs::path& file, const ComparisonResult& result) {
  base::CsvTable table({"model_a", "model_b", "images", "same", "different"});
  for (std::size_t a = 0; a < result.models.size(); ++a) {
    for (std::size_t b = a + 1; b < result.models.size(); ++b) {
      const auto cell = a * result.models.size() + b;
      const auto images = static_cast<std::int64_t>(result.both_predicted[cell]);
      const auto same = static_cast<std::int64_t>(result.same_predictions[cell]);
      table.add({result.models[a], result.models[b], std::to_string(images), std::to_string(same),
                 std::to_string(images - same)});
    }
  }
  write(file, table);
}

void write_matrix_tests(const fs::path& file, const job::JobConfig& config, const ComparisonResult& result) {
  base::CsvTable table({"method_a", "metric_a", "method_b", "metric_b", "models", "correlation", "p", "permutations"});
  for (const auto& found : result.matrix_tests) {
    table.add({found.method_a, found.metric_a, found.method_b, found.metric_b, std::to_string(found.models),
               python_number(found.test.correlation), python_number(found.test.p),
               std::to_string(config.compare.permutations)});
  }
  write(file, table);
}

}  // namespace

void write_statistics(const fs::path& tables, const job::JobConfig& config, const ComparisonResult& result) {
  base::CsvTable needed({"method", "metric", "wanted_error", "images"});
  base::CsvTable agreement({"method", "metric", "correlation"});
  for (const auto& method : result.methods) {
    for (const auto& metric : method.metrics) {
      const auto name = method.method + "_" + metric.metric;
      write_pairs(tables / ("pairs_" + name + ".csv"), method.models, metric.all);
      write_pairs(tables / ("pairs_" + name + "_matching.csv"), method.models, metric.matching);
      write_differences(tables / ("cell_differences_" + name + ".csv"), method.models, metric);
      write_subset_errors(tables, name, method.models, metric);
      if (metric.floor) {
        write_floor(tables, name, method.models, *metric.floor);
      }
      if (!metric.subset_errors.empty()) {
        const auto images = statistics::images_needed(metric.subset_errors, config.compare.wanted_error);
        needed.add({method.method, metric.metric, python_number(config.compare.wanted_error),
                    images ? std::to_string(*images) : ""});
      }
      agreement.add({method.method, metric.metric, python_number(metric.agreement_correlation)});
    }
  }
  write(tables / "images_needed.csv", needed);
  write(tables / "agreement_correlation.csv", agreement);
  write_agreement(tables / "agreement.csv", result);
  write_matrix_tests(tables / "mantel.csv", config, result);
}

}  // namespace sightline::stages

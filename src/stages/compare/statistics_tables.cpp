#include "stages/compare/statistics_tables.hpp"

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/file.hpp"
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

/// One end of a quantity's limits; empty text where there are none.
std::string limit(const std::vector<double>& limits, std::size_t index) {
  return limits.empty() ? std::string() : python_number(limits[index]);
}

/// Writes the values by pair as a symmetric matrix.
void write_matrix(const fs::path& file, const std::vector<std::string>& models, const std::vector<double>& by_pair) {
  base::NamedMatrix matrix{models, std::vector<double>(models.size() * models.size())};
  for (std::size_t a = 0; a < models.size(); ++a) {
    for (std::size_t b = a; b < models.size(); ++b) {
      matrix.values[a * models.size() + b] = matrix.values[b * models.size() + a] =
          by_pair[pair_index(a, b, models.size())];
    }
  }
  base::write_text(file, base::matrix_csv(matrix));
}

/// Writes the floor of every two models with where they stand between it and the ceiling, and the floor as a matrix.
void write_floor(const fs::path& tables, const std::string& name, const std::vector<std::string>& models,
                 const SimilarityFloor& floor, const std::optional<SimilarityCeiling>& ceiling) {
  base::CsvTable table({"model_a", "model_b", "images", "draws", "similarity", "floor", "above", "above_low",
                        "above_high", "p", "p_holm", "mean_maps", "ceiling", "share", "share_low", "share_high"});
  const auto of_ceiling = [&](const std::vector<double> SimilarityCeiling::*values, std::size_t pair) {
    return ceiling ? python_number((*ceiling.*values)[pair]) : std::string();
  };
  for (std::size_t a = 0; a < models.size(); ++a) {
    for (std::size_t b = a + 1; b < models.size(); ++b) {
      const auto pair = pair_index(a, b, models.size());
      const auto limits = ceiling ? ceiling->share_limits : statistics::Intervals{};
      table.add({models[a], models[b], std::to_string(floor.images), std::to_string(floor.draws),
                 python_number(floor.similarity[pair]), python_number(floor.floor[pair]),
                 python_number(floor.similarity[pair] - floor.floor[pair]), limit(floor.above.low, pair),
                 limit(floor.above.high, pair), python_number(floor.p[pair]), python_number(floor.p_adjusted[pair]),
                 python_number(floor.mean_maps[pair]), of_ceiling(&SimilarityCeiling::ceiling, pair),
                 of_ceiling(&SimilarityCeiling::share, pair), limit(limits.low, pair), limit(limits.high, pair)});
    }
  }
  base::write_text(tables / ("floor_" + name + ".csv"), table.text());
  write_matrix(tables / ("similarity_floor_" + name + ".csv"), models, floor.floor);
}

/// Writes how alike each model's maps and their repetitions are, and the ceilings and shares as matrices.
void write_ceiling(const fs::path& tables, const std::string& name, const std::vector<std::string>& models,
                   const SimilarityCeiling& ceiling, bool has_floor) {
  base::CsvTable table({"model", "repeat", "difference", "images", "similarity", "low", "high"});
  for (const auto& repeat : ceiling.repeats) {
    table.add({repeat.item, repeat.repeat, repeat.difference, std::to_string(repeat.images),
               python_number(repeat.similarity), limit(repeat.limits.low, 0), limit(repeat.limits.high, 0)});
  }
  write(tables / ("ceiling_" + name + ".csv"), table);
  write_matrix(tables / ("similarity_ceiling_" + name + ".csv"), models, ceiling.ceiling);
  if (has_floor) {
    write_matrix(tables / ("similarity_share_" + name + ".csv"), models, ceiling.share);
  }
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

/// Writes whether each two models err on the same images; nothing without labels.
void write_error_consistency(const fs::path& file, const job::JobConfig& config, const ComparisonResult& result) {
  base::CsvTable table({"model_a", "model_b", "images", "observed", "expected", "kappa", "low", "high"});
  for (std::size_t a = 0; a < result.models.size(); ++a) {
    for (std::size_t b = a + 1; b < result.models.size(); ++b) {
      const auto& counts = result.right_and_wrong[a * result.models.size() + b];
      if (counts.images() > 0) {
        const auto found = statistics::error_consistency(counts, config.compare.confidence);
        table.add({result.models[a], result.models[b], std::to_string(counts.images()), python_number(found.observed),
                   python_number(found.expected), python_number(found.kappa), python_number(found.low),
                   python_number(found.high)});
      }
    }
  }
  write(file, table);
}

}  // namespace

void write_statistics(const fs::path& tables, const job::JobConfig& config, const ComparisonResult& result) {
  base::CsvTable needed({"method", "metric", "wanted_error", "images"});
  base::CsvTable agreement({"method", "metric", "correlation"});
  base::CsvTable reliability({"method", "metric", "images", "splits", "correlation", "reliability", "low", "high"});
  for (const auto& method : result.methods) {
    for (const auto& metric : method.metrics) {
      const auto name = method.method + "_" + metric.metric;
      write_pairs(tables / ("pairs_" + name + ".csv"), method.models, metric.all);
      write_pairs(tables / ("pairs_" + name + "_matching.csv"), method.models, metric.matching);
      write_differences(tables / ("cell_differences_" + name + ".csv"), method.models, metric);
      write_subset_errors(tables, name, method.models, metric);
      if (metric.floor) {
        write_floor(tables, name, method.models, *metric.floor, metric.ceiling);
      }
      if (metric.ceiling) {
        write_ceiling(tables, name, method.models, *metric.ceiling, metric.floor.has_value());
      }
      if (!metric.subset_errors.empty()) {
        const auto images = statistics::images_needed(metric.subset_errors, config.compare.wanted_error);
        needed.add({method.method, metric.metric, python_number(config.compare.wanted_error),
                    images ? std::to_string(*images) : ""});
      }
      if (config.compare.subsets > 0 && method.models.size() > 1) {
        const auto& halves = metric.reliability;
        reliability.add({method.method, metric.metric, std::to_string(result.images),
                         std::to_string(config.compare.subsets), python_number(halves.correlation),
                         python_number(halves.reliability), python_number(halves.low), python_number(halves.high)});
      }
      agreement.add({method.method, metric.metric, python_number(metric.agreement_correlation)});
    }
  }
  write(tables / "images_needed.csv", needed);
  write(tables / "reliability.csv", reliability);
  write(tables / "agreement_correlation.csv", agreement);
  write_agreement(tables / "agreement.csv", result);
  write_error_consistency(tables / "error_consistency.csv", config, result);
  write_matrix_tests(tables / "mantel.csv", config, result);
}

}  // namespace sightline::stages

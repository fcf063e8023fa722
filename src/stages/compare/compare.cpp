#include "stages/compare/compare.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "comparison/metrics.hpp"
#include "stages/compare/compare_items.hpp"
#include "stages/compare/comparison_input.hpp"
#include "stages/compare/comparison_statistics.hpp"
#include "stages/compare/statistics_tables.hpp"
#include "stages/compare/tables.hpp"
#include "stages/run/job_models.hpp"
#include "stages/run/job_paths.hpp"
#include "stages/run/mistakes.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/resolved_job.hpp"
#include "stages/run/run_record.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// The names in tables of the job's models, or of all models in the store if the job names none. Throws
/// base::Error(usage) for unknown names, and for metrics that the job's other options exclude.
std::vector<std::string> models_to_compare(const job::JobConfig& config, const fs::path& file) {
  const auto store = store::Explanations::open_to_read(file);
  std::vector<std::string> mistakes;
  collect(mistakes, [&] { comparison::make_metrics(config.compare.metrics, config); });
  std::vector<std::string> names;
  for (const auto& spec : resolve_models(config, mistakes)) {
    names.push_back(spec->label());
  }
  if (!mistakes.empty()) {
    throw base::usage_error("{}", base::join(mistakes, "\n  "));
  }
  return config.models.names.empty() ? store.models() : names;
}

/// The items of every comparison: for each method all models, or for each model all methods.
std::vector<std::vector<ComparedItem>> comparisons(const job::JobConfig& config,
                                                   const std::vector<std::string>& models) {
  std::vector<std::vector<ComparedItem>> all;
  if (config.compare.across == job::Across::models) {
    for (const auto& method : config.explain.methods) {
      auto& items = all.emplace_back();
      for (std::size_t row = 0; row < models.size(); ++row) {
        items.push_back({models[row], method, models[row], row});
      }
    }
    return all;
  }
  for (std::size_t row = 0; row < models.size(); ++row) {
    auto& items = all.emplace_back();
    for (const auto& method : config.explain.methods) {
      items.push_back({models[row], method, method, row});
    }
  }
  return all;
}

/// Adds the agreement of the predictions and the accuracies of the models to the result, which has the predictions.
void count_agreement(const store::Explanations& store, ComparisonResult& result) {
  const auto models = result.models.size();
  const auto& predictions = result.predictions;
  const auto labels = store.image_labels();
  result.images = store.images();
  result.same_predictions.assign(models * models, 0.0);
  for (std::size_t a = 0; a < models; ++a) {
    double labelled = 0.0;
    double right = 0.0;
    for (std::size_t image = 0; image < labels.size(); ++image) {
      const auto own = predictions[a][image];
      if (own < 0) {
        continue;
      }
      labelled += labels[image] >= 0 ? 1.0 : 0.0;
      right += labels[image] == own ? 1.0 : 0.0;
      for (std::size_t b = 0; b < models; ++b) {
        result.same_predictions[a * models + b] += predictions[b][image] == own ? 1.0 : 0.0;
      }
    }
    result.accuracy.push_back(labelled > 0.0 ? right / labelled : std::numeric_limits<double>::quiet_NaN());
  }
}

/// The dissimilarity matrices of every method and metric as tables for a terminal.
std::string overview(const ComparisonResult& result) {
  std::string text;
  for (const auto& method : result.methods) {
    for (const auto& metric : method.metrics) {
      text += fmt::format("\nDissimilarity by {}, {} (0 = the same), {} images\n{}", method.method, metric.metric,
                          result.images, pretty_matrix({method.models, metric.all.matrices.dissimilarity}));
    }
  }
  return text;
}

}  // namespace

base::ExitCode compare(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print) {
  const base::Stopwatch stopwatch;
  const auto& config = parsed.job;
  if (config.output.empty()) {
    throw base::usage_error("output: is not given; name the folder that holds {}", store::schema::file_name);
  }
  const fs::path output = config.output;
  const auto file = explanations_file(config);
  ComparisonResult result;
  ranks.all_or_throw([&] { result.models = models_to_compare(config, file); });
  const OutputClaim claim(ranks, output, "compare");
  result.predictions = read_predictions(ranks, file, result.models);
  for (const auto& items : comparisons(config, result.models)) {
    std::optional<ComparisonInput> input;
    const bool by_method = config.compare.across == job::Across::models;
    ranks.all_or_throw([&] {
      input.emplace(file, items, result.predictions, by_method ? items.front().method : items.front().model);
    });
    if (ranks.is_root()) {
      for (const auto& sentence : input->left_out()) {
        base::log_warning(sentence);
      }
    }
    result.methods.push_back(compare_items(ranks, config, *input));
  }
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      result.across = config.compare.across;
      count_agreement(store::Explanations::open_to_read(file), result);
    }
  });
  if (config.compare.resamples > 0) {
    add_bootstrap(ranks, config, result);
  }
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      add_statistics(config, result);
      write_comparison(output, result);
      write_statistics(output / "tables", config, result);
      const double seconds = stopwatch.seconds();
      record_stage(output, parsed, ranks, {}, "compare",
                   {{"seconds", seconds}, {"images", static_cast<double>(result.images)}});
      base::log_info(fmt::format("compare: {} models over {} images in {:.1f} s -> {}", result.models.size(),
                                 result.images, seconds, (output / "tables").string()));
      print(overview(result));
    }
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages

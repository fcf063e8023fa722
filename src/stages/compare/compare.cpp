#include "stages/compare/compare.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "stages/compare/agreement.hpp"
#include "stages/compare/behaviour.hpp"
#include "stages/compare/compare_items.hpp"
#include "stages/compare/compared_items.hpp"
#include "stages/compare/comparison_input.hpp"
#include "stages/compare/comparison_statistics.hpp"
#include "stages/compare/similarity_ceiling.hpp"
#include "stages/compare/similarity_floor.hpp"
#include "stages/compare/statistics_tables.hpp"
#include "stages/compare/tables.hpp"
#include "stages/run/job_paths.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/run_record.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// collective. Compares the items by every metric, with floor and ceiling. What is wrong with --compare.repeats is told
/// before the work is done.
MethodComparison compare_with_baselines(const comm::Communicator& ranks, const job::JobConfig& config,
                                        const ComparisonInput& input) {
  const auto repeats = open_repeats(ranks, config, input);
  std::vector<std::uint64_t> sample;
  ranks.all_or_throw([&] { sample = image_sample(config, input, repeats); });
  auto comparison = compare_items(ranks, config, input);
  auto floors = similarity_floor(ranks, config, input, sample);
  auto ceilings = similarity_ceiling(ranks, config, input, repeats, sample, floors);
  for (std::size_t metric = 0; metric < floors.size(); ++metric) {
    comparison.metrics[metric].floor = std::move(floors[metric]);
  }
  for (std::size_t metric = 0; metric < ceilings.size(); ++metric) {
    comparison.metrics[metric].ceiling = std::move(ceilings[metric]);
  }
  return comparison;
}

/// collective. Adds the comparisons of maps to the result, which has models and predictions.
void add_comparisons(const comm::Communicator& ranks, const job::JobConfig& config, const fs::path& file,
                     ComparisonResult& result) {
  for (const auto& items : comparisons(config, result.models)) {
    std::optional<ComparisonInput> input;
    ranks.all_or_throw([&] { input.emplace(file, items, result.predictions, name_of_comparison(config, items)); });
    if (ranks.is_root()) {
      for (const auto& sentence : input->left_out()) {
        base::log_warning(sentence);
      }
    }
    result.methods.push_back(compare_with_baselines(ranks, config, *input));
  }
}

/// Pixels per side of the models' inputs.
std::vector<std::int64_t> input_sizes_of(const fs::path& file, const std::vector<std::string>& models) {
  const auto store = store::Explanations::open_to_read(file);
  std::vector<std::int64_t> sizes;
  for (const auto& model : models) {
    sizes.push_back(store.hdf5().integer_attribute(store::schema::model_group(model), store::schema::input_size));
  }
  return sizes;
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

void check_comparison(const job::JobConfig& config) {
  comparisons(config, {});
  if (config.compare.facts.empty()) {
    return;
  }
  const auto& metrics = config.compare.metrics;
  if (config.compare.across != job::Across::models ||
      std::find(metrics.begin(), metrics.end(), "cosine") == metrics.end()) {
    throw base::usage_error(
        "compare.facts: goes with the disagreement of models, which needs --compare.across models and cosine among "
        "--compare.metrics");
  }
}

base::ExitCode compare(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print) {
  const base::Stopwatch stopwatch;
  const auto& config = parsed.job;
  if (config.output.empty()) {
    throw base::usage_error("output: is not given; name the folder that holds {}", store::schema::file_name);
  }
  const fs::path output = config.output;
  const auto file = explanations_file(config);
  ComparisonResult result;
  std::vector<std::int32_t> labels;
  std::vector<ImageFact> facts;  // of the root
  ranks.all_or_throw([&] {
    check_comparison(config);
    result.models = models_to_compare(config, file);
    const auto store = store::Explanations::open_to_read(file);
    labels = store.image_labels();
    result.images = labels.size();
    if (ranks.is_root() && !config.compare.facts.empty()) {
      facts = read_image_facts(config.compare.facts, store.image_paths());
    }
    check_behaviour(config, file, result.models, labels);
  });
  const OutputClaim claim(ranks, output, "compare");
  result.predictions = read_predictions(ranks, file, result.models);
  ranks.all_or_throw([&] { result.input_sizes = input_sizes_of(file, result.models); });
  add_comparisons(ranks, config, file, result);
  if (!config.compare.behaviour.empty()) {
    result.methods.push_back(compare_behaviour(ranks, config, file, result.models, result.predictions, labels));
  }
  result.across = config.compare.across;
  add_agreement(ranks, labels, result);
  if (config.compare.resamples > 0) {
    add_bootstrap(ranks, config, result);
  }
  if (config.compare.subsets > 0) {
    add_subset_errors(ranks, config, result);
  }
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      add_statistics(config, result);
    }
  });
  write_comparison(ranks, output, result);
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      write_statistics(output / "tables", config, result);
      write_consensus(output / "tables", config, result, store::Explanations::open_to_read(file), facts);
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

#include "stages/compare/compare.hpp"

#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nan.hpp"
#include "base/stopwatch.hpp"
#include "stages/compare/compare_items.hpp"
#include "stages/compare/compared_items.hpp"
#include "stages/compare/comparison_input.hpp"
#include "stages/compare/comparison_statistics.hpp"
#include "stages/compare/image_block.hpp"
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

/// What the agreement of models is made of, counted over some images.
struct Counts {
  explicit Counts(std::size_t models) : same(models * models), both(models * models), right(models), labelled(models) {}

  std::vector<std::int64_t> same;      ///< models x models: images of which both predict the same class
  std::vector<std::int64_t> both;      ///< models x models: images of which both predict a class
  std::vector<std::int64_t> right;     ///< by model: images whose label it predicts
  std::vector<std::int64_t> labelled;  ///< by model: images with a label of which it predicts a class
};

Counts count(const Predictions& predictions, const std::vector<std::int32_t>& labels, const ImageBlock& block) {
  const auto models = predictions.size();
  Counts counts(models);
  for (std::size_t a = 0; a < models; ++a) {
    for (auto image = block.first; image < block.first + block.count; ++image) {
      const auto own = predictions[a][image];
      if (own < 0) {
        continue;
      }
      counts.labelled[a] += labels[image] >= 0 ? 1 : 0;
      counts.right[a] += labels[image] == own ? 1 : 0;
      for (std::size_t b = 0; b < models; ++b) {
        counts.same[a * models + b] += predictions[b][image] == own ? 1 : 0;
        counts.both[a * models + b] += predictions[b][image] >= 0 ? 1 : 0;
      }
    }
  }
  return counts;
}

/// collective. Adds the agreement of the predictions and the accuracies of the models to the result, which has the
/// predictions. Each rank counts its block of the images.
void add_agreement(const comm::Communicator& ranks, const std::vector<std::int32_t>& labels, ComparisonResult& result) {
  const auto own = count(result.predictions, labels, block_of(ranks, result.images));
  const auto same = ranks.reduce(own.same);
  const auto both = ranks.reduce(own.both);
  const auto right = ranks.reduce(own.right);
  const auto labelled = ranks.reduce(own.labelled);
  result.same_predictions.assign(same.begin(), same.end());
  result.both_predicted.assign(both.begin(), both.end());
  for (std::size_t model = 0; model < right.size(); ++model) {
    result.accuracy.push_back(
        labelled[model] > 0 ? static_cast<double>(right[model]) / static_cast<double>(labelled[model]) : base::nan);
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
    ranks.all_or_throw([&] { input.emplace(file, items, result.predictions, name_of_comparison(config, items)); });
    if (ranks.is_root()) {
      for (const auto& sentence : input->left_out()) {
        base::log_warning(sentence);
      }
    }
    result.methods.push_back(compare_items(ranks, config, *input));
    auto floors = similarity_floor(ranks, config, *input);
    for (std::size_t metric = 0; metric < floors.size(); ++metric) {
      result.methods.back().metrics[metric].floor = std::move(floors[metric]);
    }
  }
  std::vector<std::int32_t> labels;
  ranks.all_or_throw([&] {
    const auto store = store::Explanations::open_to_read(file);
    result.images = store.images();
    labels = store.image_labels();
  });
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

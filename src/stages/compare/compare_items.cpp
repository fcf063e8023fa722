#include "stages/compare/compare_items.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/stop.hpp"
#include "comparison/pair_comparison.hpp"
#include "stages/compare/image_block.hpp"
#include "stages/compare/join_pairs.hpp"
#include "stages/run/progress.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {
namespace {

/// The results of one rank for its block of the images.
struct BlockResult {
  std::vector<std::vector<float>> values;  ///< by metric: pairs x images of the block
  std::vector<std::int64_t> usable;        ///< by item: the number of maps that are good and finite
  std::vector<std::int64_t> blank;         ///< by item: the number of maps that are zero everywhere
  Consensus consensus;                     ///< by the metric cosine; empty without it
};

/// The index of the metric with this name; the number of metrics if it is not among them.
std::size_t place_of(const comparison::Metrics& metrics, const std::string& name) {
  const auto found =
      std::find_if(metrics.begin(), metrics.end(), [&](const auto& metric) { return metric->name() == name; });
  return static_cast<std::size_t>(found - metrics.begin());
}

/// Compares the images of a block and adds them to the sums of `pairs`. Ends early after a signal. `draws_progress`:
/// whether this rank shows the progress.
BlockResult compare_block(const ImageBlock& block, const job::JobConfig& config, const ComparisonInput& input,
                          comparison::PairComparison& pairs, bool draws_progress) {
  const auto models = input.items().size();
  comparison::Upsampling upsampling(config.compare.size);
  const bool with_pixels = comparison::any_needs_pixels(pairs.metrics());
  BlockResult made{{pairs.metrics().size(), std::vector<float>(comparison::pair_count(models) * block.count)},
                   std::vector<std::int64_t>(models, 0),
                   std::vector<std::int64_t>(models, 0),
                   {}};
  const auto cosine = place_of(pairs.metrics(), "cosine");
  if (cosine < pairs.metrics().size()) {
    made.consensus = {std::vector<float>(block.count), std::vector<float>(models * block.count)};
  }
  Progress progress("compare " + input.name(), "images", static_cast<std::int64_t>(block.count), draws_progress);
  for (std::uint64_t i = 0; i < block.count && !base::stop_requested(); ++i) {
    const auto image = input.image(block.first + i, config, upsampling, with_pixels);
    for (std::size_t m = 0; m < models; ++m) {
      made.usable[m] += image.present[m] ? 1 : 0;
      made.blank[m] += image.blank[m] ? 1 : 0;
    }
    const auto similarities = pairs.add(image);
    for (std::size_t metric = 0; metric < made.values.size(); ++metric) {
      for (std::size_t pair = 0; pair < similarities[metric].size(); ++pair) {
        made.values[metric][pair * block.count + i] = similarities[metric][pair];
      }
    }
    if (cosine < similarities.size()) {
      add_image(similarities[cosine], models, i, block.count, made.consensus);
    }
    progress.update(static_cast<std::int64_t>(i + 1));
  }
  return made;
}

/// Warns of maps that are missing, corrupt, not finite or blank, by item.
void report_left_out(const ComparisonInput& input, const std::vector<std::int64_t>& usable,
                     const std::vector<std::int64_t>& blank) {
  for (std::size_t i = 0; i < input.items().size(); ++i) {
    const auto& item = input.items()[i];
    if (const auto missing = static_cast<std::int64_t>(input.images()) - usable[i]; missing > 0) {
      base::log_warning(fmt::format("{}: {} of {} {} maps are missing, corrupt or not finite and are left out",
                                    item.model, missing, input.images(), item.method));
    }
    if (blank[i] > 0) {
      base::log_warning(
          fmt::format("{}: {} of {} {} maps are blank", item.model, blank[i], input.images(), item.method));
    }
  }
}

}  // namespace

MethodComparison compare_items(const comm::Communicator& ranks, const job::JobConfig& config,
                               const ComparisonInput& input) {
  comparison::PairComparison pairs(input.items().size(), comparison::make_metrics(config.compare.metrics, config),
                                   config.compare.blank == job::Blank::exclude);
  BlockResult mine;
  ranks.all_or_throw(
      [&] { mine = compare_block(block_of(ranks, input.images()), config, input, pairs, ranks.is_root()); });
  if (ranks.any(base::stop_requested())) {
    throw base::Error(base::ExitCode::stopped, "compare: stopped by a signal; run again");
  }
  const auto usable = ranks.reduce(mine.usable);
  const auto blank = ranks.reduce(mine.blank);
  if (ranks.is_root()) {
    report_left_out(input, usable, blank);
  }
  MethodComparison result{input.name(), {}, {}, {}};
  for (std::size_t item = 0; item < input.items().size(); ++item) {
    result.models.push_back(input.items()[item].label);
    result.prediction_rows.push_back(input.items()[item].prediction_row);
    result.map_sides.push_back(input.map_side(item));
  }
  if (place_of(pairs.metrics(), "cosine") < pairs.metrics().size() && input.items().size() > 1) {
    result.consensus = join(ranks, mine.consensus, input.items().size(), input.images());
  }
  for (std::size_t metric = 0; metric < pairs.metrics().size(); ++metric) {
    const auto& own = *pairs.metrics()[metric];
    const auto tally = ranks.reduce(pairs.tally(metric));
    result.metrics.push_back(join_pairs(
        ranks, {own.name(), pairs.all(metric), pairs.matching(metric), std::exchange(mine.values[metric], {})},
        input.images()));
    if (ranks.is_root()) {
      result.metrics.back().pooled = own.pooled(input.items().size(), tally);
    }
  }
  return result;
}

}  // namespace sightline::stages

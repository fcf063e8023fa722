#include "stages/compare/compare_items.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/stop.hpp"
#include "comparison/pair_comparison.hpp"
#include "stages/compare/image_block.hpp"
#include "stages/run/pair_shares.hpp"
#include "stages/run/progress.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {
namespace {

/// The results of one rank for its block of the images.
struct BlockResult {
  std::vector<std::vector<float>> values;  ///< by metric: pairs x images of the block
  std::vector<std::int64_t> usable;        ///< by item: the number of maps that are good and finite
  std::vector<std::int64_t> blank;         ///< by item: the number of maps that are zero everywhere
};

/// Compares the images of a block and adds them to the sums of `pairs`. Ends early after a signal. `draws_progress`:
/// whether this rank shows the progress.
BlockResult compare_block(const ImageBlock& block, const job::JobConfig& config, const ComparisonInput& input,
                          comparison::PairComparison& pairs, bool draws_progress) {
  const auto models = input.items().size();
  comparison::Upsampling upsampling(config.compare.size);
  const bool with_pixels = comparison::any_needs_pixels(pairs.metrics());
  BlockResult made{{pairs.metrics().size(), std::vector<float>(comparison::pair_count(models) * block.count)},
                   std::vector<std::int64_t>(models, 0),
                   std::vector<std::int64_t>(models, 0)};
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
    progress.update(static_cast<std::int64_t>(i + 1));
  }
  return made;
}

/// collective. The values of this rank's pairs for all images (count x images), from those that each rank has of all
/// pairs for its block of the images. So no rank holds all pairs of all images.
std::vector<float> values_of_own_pairs(const comm::Communicator& ranks, const std::vector<PairShare>& shares,
                                       std::uint64_t images, const std::vector<float>& block) {
  const auto& own = shares[static_cast<std::size_t>(ranks.rank())];
  const auto own_images = block_of(ranks, images).count;
  std::vector<std::uint64_t> sent;
  std::vector<std::uint64_t> received;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    sent.push_back(shares[static_cast<std::size_t>(rank)].count * own_images);
    received.push_back(own.count * block_of(rank, ranks.size(), images).count);
  }
  const auto parts = ranks.exchange(block, sent, received);
  std::vector<float> values(own.count * images);
  auto from = parts.begin();
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const auto part = block_of(rank, ranks.size(), images);
    for (std::size_t pair = 0; pair < own.count; ++pair) {
      std::copy_n(from, part.count, values.begin() + static_cast<std::ptrdiff_t>(pair * images + part.first));
      from += static_cast<std::ptrdiff_t>(part.count);
    }
  }
  return values;
}

/// collective. The sums over all ranks, on the root; other ranks get empty sums.
comparison::PairSums reduce(const comm::Communicator& ranks, const comparison::PairSums& mine) {
  return {mine.models(), ranks.reduce(mine.sums()), ranks.reduce(mine.counts())};
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

/// collective. The result of the metric with this index over all ranks.
MetricResult join_metric(const comm::Communicator& ranks, const comparison::PairComparison& pairs, std::size_t metric,
                         std::uint64_t images, const std::vector<float>& block) {
  const auto all = reduce(ranks, pairs.all(metric));
  const auto matching = reduce(ranks, pairs.matching(metric));
  const auto tally = ranks.reduce(pairs.tally(metric));
  const auto& own = *pairs.metrics()[metric];
  const auto shares =
      share_pairs(static_cast<std::size_t>(ranks.size()), comparison::pair_count(pairs.all(metric).models()));
  MetricResult result{own.name(), shares[static_cast<std::size_t>(ranks.rank())],
                      values_of_own_pairs(ranks, shares, images, block)};
  if (ranks.is_root()) {
    result.all = {comparison::matrices(all), all.counts()};
    result.matching = {comparison::matrices(matching), matching.counts()};
    result.pooled = own.pooled(all.models(), tally);
  }
  return result;
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
  for (const auto& item : input.items()) {
    result.models.push_back(item.label);
    result.prediction_rows.push_back(item.prediction_row);
  }
  for (std::size_t metric = 0; metric < pairs.metrics().size(); ++metric) {
    const auto block = std::exchange(mine.values[metric], {});  // freed before the next metric
    result.metrics.push_back(join_metric(ranks, pairs, metric, input.images(), block));
  }
  return result;
}

}  // namespace sightline::stages

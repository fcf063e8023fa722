#include "stages/compare/similarity_ceiling.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/nan.hpp"
#include "base/stop.hpp"
#include "comparison/pair_comparison.hpp"
#include "stages/compare/image_block.hpp"
#include "stages/compare/tally.hpp"
#include "stages/run/progress.hpp"

namespace sightline::stages {
namespace {

using comparison::pair_index;

/// The cells of a tally of items x repeats x images.
struct Cells {
  std::size_t repeats = 0;
  std::size_t images = 0;

  std::size_t first(std::size_t item, std::size_t repeat) const { return (item * repeats + repeat) * images; }
};

/// What the repetitions have brought.
struct RepeatTallies {
  std::vector<Tally> by_metric;       ///< the similarities
  std::vector<std::int64_t> changed;  ///< items x repeats: how many maps differ from those without it
};

/// Whether two maps differ by rounding alone, as those of one image do in batches of other sizes.
bool are_the_same(const comparison::PixelMap& a, const comparison::PixelMap& b) {
  constexpr float rounding = 1e-4F;
  float largest = 0.0F;
  float difference = 0.0F;
  for (std::size_t pixel = 0; pixel < a.values.size(); ++pixel) {
    largest = std::max(largest, std::abs(a.at(pixel)));
    difference = std::max(difference, std::abs(a.at(pixel) - b.at(pixel)));
  }
  return difference <= rounding * largest;
}

/// Compares this rank's block of the sample.
RepeatTallies compare_repeats(const ImageBlock& block, const job::JobConfig& config, const ComparisonInput& input,
                              const std::vector<Repeat>& repeats, const std::vector<std::uint64_t>& sample,
                              bool draws_progress) {
  comparison::PairComparison pair(2, comparison::make_metrics(config.compare.metrics, config),
                                  config.compare.blank == job::Blank::exclude);
  comparison::Upsampling upsampling(config.compare.size);
  const bool with_pixels = comparison::any_needs_pixels(pair.metrics());
  const Cells cells{repeats.size(), sample.size()};
  RepeatTallies found{{pair.metrics().size(), Tally(cells.first(input.items().size(), 0))},
                      std::vector<std::int64_t>(input.items().size() * repeats.size(), 0)};
  Progress progress("ceiling " + input.name(), "images", static_cast<std::int64_t>(block.count), draws_progress);
  for (auto place = block.first; place < block.first + block.count && !base::stop_requested(); ++place) {
    for (std::size_t item = 0; item < input.items().size(); ++item) {
      const auto own = input.pixels_moved_back(item, sample[place], config, upsampling);
      for (std::size_t r = 0; r < repeats.size(); ++r) {
        const auto repeated = repeats[r].item(item);
        if (!repeated) {
          continue;
        }
        const auto again =
            repeats[r].input().pixels_moved_back(*repeated, *repeats[r].row(sample[place]), config, upsampling);
        found.changed[item * repeats.size() + r] += own && again && !are_the_same(*own, *again) ? 1 : 0;
        auto maps = comparison::maps_as_pixels({own, again}, with_pixels);
        maps.range = input.range(config);
        maps.predictions.assign(2, 0);
        const auto values = pair.add(maps);
        for (std::size_t metric = 0; metric < values.size(); ++metric) {
          found.by_metric[metric].add(cells.first(item, r) + place, values[metric][pair_index(0, 1, 2)]);
        }
      }
    }
    progress.update(static_cast<std::int64_t>(place - block.first + 1));
  }
  return found;
}

/// The means of some rows of similarities in every bootstrap resample of the images, resamples x rows; NaN for a row
/// without values in the resample.
Eigen::MatrixXd resampled_means(const job::JobConfig& config, const std::vector<float>& values, std::size_t images) {
  auto resampled = statistics::resample({values, values.size() / images, images},
                                        static_cast<std::size_t>(config.compare.resamples), config.seed,
                                        /*with_errors=*/true);
  resampled.mean = resampled.mean_error.array().isNaN().select(base::nan, resampled.mean);
  return resampled.mean;
}

double geometric_mean(double a, double b) {
  return std::sqrt(std::max(a, 0.0) * std::max(b, 0.0));
}

double share_of(double similarity, double floor, double ceiling) {
  return ceiling > floor ? (similarity - floor) / (ceiling - floor) : base::nan;
}

/// Root only. The similarities of all items with their repetitions.
std::vector<RepeatSimilarity> repeat_similarities(const Tally& tally, const job::JobConfig& config,
                                                  const ComparisonInput& input, const std::vector<Repeat>& repeats,
                                                  const Cells& cells) {
  std::vector<RepeatSimilarity> rows;
  for (std::size_t item = 0; item < input.items().size(); ++item) {
    for (std::size_t r = 0; r < repeats.size(); ++r) {
      const auto repeated = repeats[r].item(item);
      if (!repeated) {
        continue;
      }
      const auto first = cells.first(item, r);
      std::vector<float> by_image;
      std::int64_t images = 0;
      for (auto cell = first; cell < first + cells.images; ++cell) {
        by_image.push_back(static_cast<float>(tally.at(cell)));
        images += tally.counts[cell];
      }
      auto& row = rows.emplace_back(RepeatSimilarity{input.items()[item].label,
                                                     repeats[r].folder(),
                                                     repeats[r].difference(*repeated, input),
                                                     images,
                                                     tally.mean(first, cells.images),
                                                     {}});
      if (config.compare.resamples > 0) {
        row.limits = statistics::intervals(resampled_means(config, by_image, cells.images), config.compare.confidence);
      }
    }
  }
  return rows;
}

/// Of an item's similarities with its repetitions, those that count: a repetition with the same map for every image, as
/// by another seed of a method that draws nothing, is none. The mean over such repetitions for each image: items x
/// images, and for each item the mean of that; NaN without any.
struct Reliability {
  std::vector<float> by_image;
  std::vector<double> by_item;
};
Reliability reliability_of(const Tally& tally, const std::vector<std::int64_t>& changed, const Cells& cells,
                           std::size_t items) {
  Reliability result;
  for (std::size_t item = 0; item < items; ++item) {
    Tally of_images(cells.images);
    for (std::size_t r = 0; r < cells.repeats; ++r) {
      for (std::size_t image = 0; image < cells.images && changed[item * cells.repeats + r] > 0; ++image) {
        of_images.sums[image] += tally.sums[cells.first(item, r) + image];
        of_images.counts[image] += tally.counts[cells.first(item, r) + image];
      }
    }
    std::int64_t sum = 0;
    std::int64_t count = 0;
    for (std::size_t image = 0; image < cells.images; ++image) {
      const double value = of_images.at(image);
      result.by_image.push_back(static_cast<float>(value));
      sum += std::isnan(value) ? 0 : to_units(value);
      count += std::isnan(value) ? 0 : 1;
    }
    result.by_item.push_back(mean_of_units(sum, count));
  }
  return result;
}

/// Root only. Sets the limits of the shares, by the same resamples for similarity, floor and ceiling.
void add_share_limits(const job::JobConfig& config, const std::vector<float>& reliability, std::size_t items,
                      std::size_t images, const SimilarityFloor& floor, SimilarityCeiling& result) {
  const auto similar = resampled_means(config, floor.similarity_by_image, images);
  const auto above = resampled_means(config, floor.above_by_image, images);
  const auto reliable = resampled_means(config, reliability, images);
  Eigen::MatrixXd shares = Eigen::MatrixXd::Constant(similar.rows(), similar.cols(), base::nan);
  for (std::size_t a = 0; a < items; ++a) {
    for (std::size_t b = a + 1; b < items; ++b) {
      const auto pair = static_cast<Eigen::Index>(pair_index(a, b, items));
      for (Eigen::Index r = 0; r < shares.rows() && !std::isnan(result.share[pair_index(a, b, items)]); ++r) {
        shares(r, pair) = share_of(
            similar(r, pair), similar(r, pair) - above(r, pair),
            geometric_mean(reliable(r, static_cast<Eigen::Index>(a)), reliable(r, static_cast<Eigen::Index>(b))));
      }
    }
  }
  result.share_limits = statistics::intervals(shares, config.compare.confidence);
}

/// Root only.
SimilarityCeiling summary(const Tally& tally, const std::vector<std::int64_t>& changed, const job::JobConfig& config,
                          const ComparisonInput& input, const std::vector<Repeat>& repeats, const Cells& cells,
                          const SimilarityFloor* floor) {
  const auto items = input.items().size();
  SimilarityCeiling result;
  result.repeats = repeat_similarities(tally, config, input, repeats, cells);
  const auto reliability = reliability_of(tally, changed, cells, items);
  for (std::size_t a = 0; a < items; ++a) {
    for (std::size_t b = a; b < items; ++b) {
      result.ceiling.push_back(a == b ? reliability.by_item[a]
                                      : geometric_mean(reliability.by_item[a], reliability.by_item[b]));
      const auto pair = pair_index(a, b, items);
      result.share.push_back(a == b || floor == nullptr
                                 ? base::nan
                                 : share_of(floor->similarity[pair], floor->floor[pair], result.ceiling[pair]));
    }
  }
  if (floor != nullptr && config.compare.resamples > 0) {
    add_share_limits(config, reliability.by_image, items, cells.images, *floor, result);
  }
  return result;
}

}  // namespace

std::vector<SimilarityCeiling> similarity_ceiling(const comm::Communicator& ranks, const job::JobConfig& config,
                                                  const ComparisonInput& input, const std::vector<Repeat>& repeats,
                                                  const std::vector<std::uint64_t>& sample,
                                                  const std::vector<SimilarityFloor>& floors) {
  if (repeats.empty()) {
    return {};
  }
  RepeatTallies found;
  ranks.all_or_throw([&] {
    found = compare_repeats(block_of(ranks, sample.size()), config, input, repeats, sample, ranks.is_root());
  });
  if (ranks.any(base::stop_requested())) {
    throw base::Error(base::ExitCode::stopped, "compare: stopped by a signal; run again");
  }
  std::vector<SimilarityCeiling> ceilings;
  found.changed = ranks.reduce(found.changed);
  for (std::size_t metric = 0; metric < found.by_metric.size(); ++metric) {
    found.by_metric[metric].reduce(ranks);
    ranks.all_or_throw([&] {
      if (ranks.is_root()) {
        ceilings.push_back(summary(found.by_metric[metric], found.changed, config, input, repeats,
                                   {repeats.size(), sample.size()}, floors.empty() ? nullptr : &floors[metric]));
      }
    });
  }
  return ceilings;
}

}  // namespace sightline::stages

#include "stages/compare/similarity_floor.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nan.hpp"
#include "base/shuffle.hpp"
#include "base/stop.hpp"
#include "comparison/pair_comparison.hpp"
#include "stages/compare/image_block.hpp"
#include "stages/compare/tally.hpp"
#include "stages/run/progress.hpp"
#include "statistics/statistics.hpp"

namespace sightline::stages {
namespace {

/// Which maps are compared: slot s of draw d has for item m the image order[(s + m) mod images] of the draw's random
/// order. Draw 0 is the sample as it is, all items with the same image.
class Draws {
 public:
  Draws(std::vector<std::uint64_t> sample, std::size_t items, std::uint64_t seed)
      : items_(items), seed_(seed), sample_(std::move(sample)) {}

  std::size_t images() const { return sample_.size(); }

  /// For each item, the index in the sample of its image in a slot; slots of all draws follow each other.
  std::vector<std::size_t> places(std::size_t slot) {
    const auto draw = slot / images();
    if (draw == 0) {
      return std::vector<std::size_t>(items_, slot);
    }
    if (draw != ordered_draw_) {
      order_.resize(images());
      std::iota(order_.begin(), order_.end(), 0);
      base::shuffle(order_, base::NumberStream(fmt::format("floor {}", draw), seed_));
      ordered_draw_ = draw;
    }
    std::vector<std::size_t> places;
    for (std::size_t item = 0; item < items_; ++item) {
      places.push_back(order_[(slot % images() + item) % images()]);
    }
    return places;
  }

  std::vector<std::uint64_t> images_of(const std::vector<std::size_t>& places) const {
    std::vector<std::uint64_t> images;
    for (const auto place : places) {
      images.push_back(sample_[place]);
    }
    return images;
  }
  std::uint64_t image(std::size_t place) const { return sample_[place]; }

 private:
  std::size_t items_;
  std::uint64_t seed_;
  std::vector<std::uint64_t> sample_;
  std::size_t ordered_draw_ = 0;
  std::vector<std::size_t> order_;
};

/// What is summed over slots for one metric.
struct MetricTallies {
  MetricTallies(std::size_t pairs, std::size_t images, std::size_t draws)
      : by_draw((draws + 1) * pairs), own(pairs * images), of_first(pairs * images), of_second(pairs * images) {}

  Tally by_draw;    ///< draws + 1 x pairs
  Tally own;        ///< pairs x images: both maps of the image
  Tally of_first;   ///< pairs x images: the first model's map is of the image, the second one's of another
  Tally of_second;  ///< the other way round
};

/// Compares this rank's slots.
std::vector<MetricTallies> compare_slots(const ImageBlock& block, const job::JobConfig& config,
                                         const ComparisonInput& input, Draws& draws, bool draws_progress) {
  const auto items = input.items().size();
  const auto pairs = comparison::pair_count(items);
  comparison::PairComparison comparison(items, comparison::make_metrics(config.compare.metrics, config),
                                        config.compare.blank == job::Blank::exclude);
  comparison::Upsampling upsampling(config.compare.size);
  const bool with_pixels = comparison::any_needs_pixels(comparison.metrics());
  std::vector<MetricTallies> tallies(comparison.metrics().size(),
                                     {pairs, draws.images(), static_cast<std::size_t>(config.compare.floor_draws)});
  Progress progress("floor " + input.name(), "pairings", static_cast<std::int64_t>(block.count), draws_progress);
  for (auto slot = block.first; slot < block.first + block.count && !base::stop_requested(); ++slot) {
    const auto places = draws.places(slot);
    const auto draw = slot / draws.images();
    const auto values = comparison.add(input.maps_of(draws.images_of(places), config, upsampling, with_pixels));
    for (std::size_t metric = 0; metric < values.size(); ++metric) {
      auto& tally = tallies[metric];
      for (std::size_t a = 0; a < items; ++a) {
        for (std::size_t b = a + 1; b < items; ++b) {
          const auto pair = comparison::pair_index(a, b, items);
          const float value = values[metric][pair];
          tally.by_draw.add(draw * pairs + pair, value);
          (draw == 0 ? tally.own : tally.of_first).add(pair * draws.images() + places[a], value);
          if (draw != 0) {
            tally.of_second.add(pair * draws.images() + places[b], value);
          }
        }
      }
    }
    progress.update(static_cast<std::int64_t>(slot - block.first + 1));
  }
  return tallies;
}

/// collective. The mean map of every item over the sample as one ImageMaps, on the root; an item without maps is
/// absent.
comparison::ImageMaps mean_maps(const comm::Communicator& ranks, const job::JobConfig& config,
                                const ComparisonInput& input, const Draws& draws) {
  const auto items = input.items().size();
  const auto pixels = static_cast<std::size_t>(config.compare.size * config.compare.size);
  const auto block = block_of(ranks, draws.images());
  comparison::Upsampling upsampling(config.compare.size);
  std::vector<std::optional<comparison::PixelMap>> means(items);
  for (std::size_t item = 0; item < items; ++item) {
    std::vector<std::int64_t> sums(pixels, 0);
    std::vector<std::int64_t> count(1, 0);
    ranks.all_or_throw([&] {
      for (auto place = block.first; place < block.first + block.count && !base::stop_requested(); ++place) {
        const auto map = input.pixels(item, draws.image(place), config, upsampling);
        if (!map) {
          continue;
        }
        const auto read = comparison::maps_as_pixels({map}, /*with_pixels=*/true).pixels;
        for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
          sums[pixel] += to_units(static_cast<double>(read(static_cast<Eigen::Index>(pixel), 0)));
        }
        ++count[0];
      }
    });
    sums = ranks.reduce(sums);
    count = ranks.reduce(count);
    if (ranks.is_root() && count[0] > 0) {
      std::vector<float> values;
      for (const auto sum : sums) {
        values.push_back(static_cast<float>(mean_of_units(sum, count[0])));
      }
      means[item] = comparison::PixelMap{std::move(values)};
    }
  }
  auto maps = comparison::maps_as_pixels(means, /*with_pixels=*/true);
  maps.range = input.range(config);
  maps.predictions.assign(items, 0);
  return maps;
}

/// The terms of similarity - floor by image, whose mean it is: pairs x images. An image counts on both sides: the floor
/// is the mean over pairs of images, whose first-order terms are those of the first and of the second map's image.
std::vector<float> above_by_image(const MetricTallies& tallies, const std::vector<double>& floor, std::size_t images) {
  std::vector<float> above(floor.size() * images);
  for (std::size_t cell = 0; cell < above.size(); ++cell) {
    above[cell] = static_cast<float>(tallies.own.at(cell) - tallies.of_first.at(cell) - tallies.of_second.at(cell) +
                                     floor[cell / images]);
  }
  return above;
}

/// The p values with Holm's correction over the pairs of different items; NaN for the others.
std::vector<double> adjusted(const std::vector<double>& p) {
  std::vector<double> tested;
  std::copy_if(p.begin(), p.end(), std::back_inserter(tested), [](double value) { return !std::isnan(value); });
  const auto corrected = statistics::holm(tested);
  auto next = corrected.begin();
  auto result = p;
  for (auto& value : result) {
    value = std::isnan(value) ? value : *next++;
  }
  return result;
}

/// Root only.
SimilarityFloor summary(const MetricTallies& tallies, const job::JobConfig& config, std::size_t pairs,
                        std::size_t images) {
  const auto draws = static_cast<std::size_t>(config.compare.floor_draws);
  SimilarityFloor result;
  result.draws = config.compare.floor_draws;
  result.images = static_cast<std::int64_t>(images);
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    const double similarity = tallies.by_draw.at(pair);
    std::int64_t sum = 0;
    std::int64_t count = 0;
    std::int64_t as_large = 0;
    for (std::size_t draw = 1; draw <= draws; ++draw) {
      const auto cell = draw * pairs + pair;
      sum += tallies.by_draw.sums[cell];
      count += tallies.by_draw.counts[cell];
      as_large += tallies.by_draw.at(cell) >= similarity ? 1 : 0;
    }
    result.similarity.push_back(similarity);
    result.floor.push_back(mean_of_units(sum, count));
    result.p.push_back(count > 0 ? static_cast<double>(1 + as_large) / static_cast<double>(1 + draws) : base::nan);
  }
  result.p_adjusted = adjusted(result.p);
  for (std::size_t cell = 0; cell < pairs * images; ++cell) {
    result.similarity_by_image.push_back(static_cast<float>(tallies.own.at(cell)));
  }
  result.above_by_image = above_by_image(tallies, result.floor, images);
  if (config.compare.resamples > 0) {
    const auto resampled = statistics::resample({result.above_by_image, pairs, images},
                                                static_cast<std::size_t>(config.compare.resamples), config.seed);
    result.above = statistics::intervals(resampled.mean, config.compare.confidence);
  }
  return result;
}

}  // namespace

std::uint64_t floor_pairings(const job::JobConfig& config, std::uint64_t images, std::size_t items) {
  const auto draws = static_cast<std::uint64_t>(config.compare.floor_draws);
  return draws == 0 || images < std::max<std::uint64_t>(items, 2) ? 0 : (draws + 1) * images;
}

std::vector<SimilarityFloor> similarity_floor(const comm::Communicator& ranks, const job::JobConfig& config,
                                              const ComparisonInput& input, const std::vector<std::uint64_t>& sample) {
  const auto items = input.items().size();
  const auto pairings = floor_pairings(config, sample.size(), items);
  if (pairings == 0) {
    if (ranks.is_root() && config.compare.floor_draws > 0) {
      base::log_info(fmt::format("compare: {}: {} images are too few for the similarity of maps of different images",
                                 input.name(), sample.size()));
    }
    return {};
  }
  Draws draws(sample, items, config.seed);
  std::vector<MetricTallies> own;
  ranks.all_or_throw([&] { own = compare_slots(block_of(ranks, pairings), config, input, draws, ranks.is_root()); });
  const auto means = mean_maps(ranks, config, input, draws);
  if (ranks.any(base::stop_requested())) {
    throw base::Error(base::ExitCode::stopped, "compare: stopped by a signal; run again");
  }
  std::vector<SimilarityFloor> floors;
  std::vector<std::vector<float>> of_means;
  if (ranks.is_root()) {
    comparison::PairComparison comparison(items, comparison::make_metrics(config.compare.metrics, config),
                                          config.compare.blank == job::Blank::exclude);
    of_means = comparison.add(means);
  }
  for (std::size_t metric = 0; metric < own.size(); ++metric) {
    for (auto* tally : {&own[metric].by_draw, &own[metric].own, &own[metric].of_first, &own[metric].of_second}) {
      tally->reduce(ranks);
    }
    ranks.all_or_throw([&] {
      if (ranks.is_root()) {
        floors.push_back(summary(own[metric], config, comparison::pair_count(items), draws.images()));
        floors.back().mean_maps.assign(of_means[metric].begin(), of_means[metric].end());
      }
    });
  }
  return floors;
}

}  // namespace sightline::stages

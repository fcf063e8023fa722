#include "stages/plan/compare_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/stop.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "comparison/pair_comparison.hpp"
#include "stages/compare/compared_items.hpp"
#include "stages/compare/similarity_floor.hpp"
#include "stages/run/job_paths.hpp"
#include "stages/run/memory_use.hpp"
#include "statistics/bootstrap.hpp"
#include "statistics/image_count.hpp"

namespace sightline::stages {
namespace {

/// Seconds that one image takes, by all metrics, when the map of item i is of the image `apart` x i further on. Images
/// without all maps, of a job that still runs, are passed over.
double time_comparison(const job::JobConfig& config, const ComparisonInput& input, std::uint64_t apart) {
  const auto items = input.items().size();
  comparison::PairComparison pairs(items, comparison::make_metrics(config.compare.metrics, config),
                                   config.compare.blank == job::Blank::exclude);
  comparison::Upsampling upsampling(config.compare.size);
  const bool with_pixels = comparison::any_needs_pixels(pairs.metrics());
  std::int64_t timed = 0;
  double seconds = 0.0;
  for (std::uint64_t i = 0; i < input.images() && timed <= config.plan.calibration_images; ++i) {
    base::throw_if_stopped();
    std::vector<std::uint64_t> images;
    for (std::size_t item = 0; item < items; ++item) {
      images.push_back((i + apart * item) % input.images());
    }
    const base::Stopwatch stopwatch;
    const auto maps = input.maps_of(images, config, upsampling, with_pixels);
    if (std::all_of(maps.present.begin(), maps.present.end(), [](bool present) { return present; })) {
      pairs.add(maps);
      seconds += timed++ == 0 ? 0.0 : stopwatch.seconds();  // the first one is the warm-up
    }
  }
  if (timed < 2) {
    throw base::input_error(
        "{}: fewer than two images have maps of all models; plan the comparison when 'sightline "
        "attribute' has made some (--limit 8 is enough)",
        input.name());
  }
  return seconds / static_cast<double>(timed - 1);
}

/// Seconds of the similarity floor on one rank.
double time_floor(const job::JobConfig& config, const ComparisonInput& input) {
  const auto sample = std::min(input.images(), static_cast<std::uint64_t>(config.compare.floor_images));
  const auto pairings = floor_pairings(config, sample, input.items().size());
  return pairings == 0 ? 0.0 : time_comparison(config, input, 1) * static_cast<double>(pairings);
}

/// Seconds of a statistic that draws images once and then takes pair by pair, for all its draws.
struct StatisticSeconds {
  double draws = 0.0;
  double pair = 0.0;
};

/// Times `run` with two numbers of pairs. `run(pairs)` does 1 / `share` of the work.
template <typename Run>
StatisticSeconds time_pairs(double share, const Run& run) {
  constexpr std::size_t few = statistics::pair_block;
  const auto seconds = [&](std::size_t pairs) {
    base::throw_if_stopped();
    const base::Stopwatch stopwatch;
    run(pairs);
    return stopwatch.seconds();
  };
  seconds(few);  // warm-up
  const double one = seconds(few);
  const double two = seconds(2 * few);
  const double pair = std::max(0.0, two - one) / static_cast<double>(few);
  return {share * std::max(0.0, one - pair * static_cast<double>(few)), share * pair};
}

/// Values of this many pairs for some images.
std::vector<float> some_values(std::size_t pairs, std::size_t images) {
  const base::NumberStream numbers("plan", 0);
  std::vector<float> values(pairs * images);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(numbers.uniform(i));
  }
  return values;
}

StatisticSeconds time_bootstrap(const job::JobConfig& config, std::size_t images) {
  const auto resamples = static_cast<double>(config.compare.resamples);
  if (config.compare.resamples == 0) {
    return {};
  }
  constexpr std::size_t timed_resamples = 256;
  const auto timed_images = std::min<std::size_t>(images, 2048);
  const auto values = some_values(2 * statistics::pair_block, timed_images);
  const double scale = static_cast<double>(images) / static_cast<double>(timed_images);
  constexpr double tables = 2.0;  // all images, and those with the same prediction
  return time_pairs(tables * scale * resamples / static_cast<double>(timed_resamples), [&](std::size_t pairs) {
    statistics::resample({std::span(values).first(pairs * timed_images), pairs, timed_images}, timed_resamples,
                         config.seed, /*with_errors=*/true);
  });
}

StatisticSeconds time_subsets(const job::JobConfig& config, std::size_t images) {
  if (config.compare.subsets == 0) {
    return {};
  }
  const auto sizes = statistics::subset_sizes(config.compare.image_counts, images);
  const auto values = some_values(2 * statistics::pair_block, images);
  return time_pairs(static_cast<double>(config.compare.subsets), [&](std::size_t pairs) {
    statistics::subset_dissimilarities({std::span(values).first(pairs * images), pairs, images}, sizes, 1, config.seed);
  });
}

}  // namespace

CompareMeasurements measure_comparison(const job::JobConfig& config) {
  const auto file = explanations_file(config);
  const auto models = models_to_compare(config, file);
  CompareMeasurements measured;
  measured.models = models.size();
  for (const auto& items : comparisons(config, models)) {
    const auto images = store::Explanations::open_to_read(file).images();
    const Predictions predictions(models.size(), std::vector<std::int32_t>(images, 0));
    const ComparisonInput input(file, items, predictions, name_of_comparison(config, items));
    measured.images = images;
    measured.tables += config.compare.metrics.size();
    measured.pairs = std::max(measured.pairs, comparison::pair_count(input.items().size()));
    measured.image_seconds += time_comparison(config, input, 0);
    measured.floor_seconds += time_floor(config, input);
  }
  measured.base_memory = peak_memory();
  const auto bootstrap = time_bootstrap(config, measured.images);
  const auto subsets = time_subsets(config, measured.images);
  const auto tables = static_cast<double>(measured.tables);
  measured.draw_seconds = tables * (bootstrap.draws + subsets.draws);
  measured.pair_seconds = tables * (bootstrap.pair + subsets.pair);
  constexpr std::uint64_t statistics_of_a_resample = 4;  // mean, dissimilarity and their errors
  measured.root_replicates =
      statistics_of_a_resample * sizeof(double) * measured.pairs * static_cast<std::uint64_t>(config.compare.resamples);
  return measured;
}

CompareForecast forecast_comparison(const CompareMeasurements& measured, std::size_t ranks) {
  const auto most_images = (measured.images + ranks - 1) / ranks;
  const auto blocks = (measured.pairs + statistics::pair_block - 1) / statistics::pair_block;
  const auto most_pairs = std::min(measured.pairs, (blocks + ranks - 1) / ranks * statistics::pair_block);
  CompareForecast forecast;
  forecast.ranks = ranks;
  forecast.similarity_seconds =
      measured.image_seconds * static_cast<double>(most_images) + measured.floor_seconds / static_cast<double>(ranks);
  forecast.statistics_seconds = measured.draw_seconds + measured.pair_seconds * static_cast<double>(most_pairs);
  const auto values = sizeof(float) * measured.pairs * most_images;      // of a table, before they are exchanged
  const auto own_values = sizeof(float) * most_pairs * measured.images;  // of a table, afterwards
  constexpr std::uint64_t doubles_of_an_image = 400;                     // of statistics::resample
  forecast.memory =
      measured.base_memory + measured.tables * std::max<std::uint64_t>(values, own_values) + 2 * own_values +
      sizeof(std::int32_t) * measured.models * measured.images +
      (measured.root_replicates > 0 ? measured.root_replicates + doubles_of_an_image * sizeof(double) * measured.images
                                    : 0);
  return forecast;
}

std::string compare_plan_text(const CompareMeasurements& measured, std::size_t ranks) {
  const auto run = forecast_comparison(measured, ranks);
  const auto bytes = static_cast<double>(sizeof(float) * measured.tables * measured.pairs * measured.images);
  auto text = fmt::format(
      "images {}, models {}, pairs {}; tables (methods x metrics) {}\ncomparison.h5: {} when done\n"
      "on {} ranks like this one: {} ({} for similarities, {} for statistics), memory {} on the root\n\n"
      "  {:>6} {:>14} {:>14} {:>10}\n",
      base::format_count(static_cast<std::int64_t>(measured.images)), measured.models, measured.pairs, measured.tables,
      base::format_bytes(bytes), ranks, base::format_duration(run.similarity_seconds + run.statistics_seconds),
      base::format_duration(run.similarity_seconds), base::format_duration(run.statistics_seconds),
      base::format_bytes(static_cast<double>(run.memory)), "ranks", "similarities", "statistics", "memory");
  constexpr std::size_t max_ranks = 1024;
  for (std::size_t count = 1; count <= max_ranks; count *= 2) {
    const auto other = forecast_comparison(measured, count);
    text += fmt::format("  {:>6} {:>14} {:>14} {:>10}\n", count, base::format_duration(other.similarity_seconds),
                        base::format_duration(other.statistics_seconds),
                        base::format_bytes(static_cast<double>(other.memory)));
  }
  return text + "\n";
}

}  // namespace sightline::stages

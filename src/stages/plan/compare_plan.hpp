#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "job/job_config.hpp"

namespace sightline::stages {

/// The work of `sightline compare` on the maps that a store holds, as measured on this rank.
struct CompareMeasurements {
  std::uint64_t images = 0;
  std::size_t models = 0;
  std::size_t tables = 0;             ///< comparisons x metrics
  std::size_t pairs = 0;              ///< of the largest comparison, pairs of an item with itself included
  double image_seconds = 0.0;         ///< reading and comparing the maps of one image, for all comparisons
  double floor_seconds = 0.0;         ///< of the similarity floor on one rank, summed over methods
  double draw_seconds = 0.0;          ///< drawing the images of all resamples and subsets, for all tables
  double pair_seconds = 0.0;          ///< the statistics of one pair over all resamples and subsets, for all tables
  std::uint64_t base_memory = 0;      ///< bytes of a rank before it compares anything
  std::uint64_t root_replicates = 0;  ///< bytes of a table's resamples and subsets, which the root joins
};

/// The forecast of `sightline compare` on some number of ranks.
struct CompareForecast {
  std::size_t ranks = 0;
  double similarity_seconds = 0.0;
  double statistics_seconds = 0.0;  ///< bootstrap and image-count experiment
  std::uint64_t memory = 0;         ///< bytes of the root, which needs the most
};

/// Times the comparison of the first images whose maps are all there, at most --calibrate, and the statistics of a few
/// pairs. Throws base::Error(input) when the store is missing or holds no such image, base::Error(usage) as
/// models_to_compare, and base::Error(stopped) after a signal.
CompareMeasurements measure_comparison(const job::JobConfig& config);

/// The ranks share the images, and then the pairs in blocks of statistics::pair_block.
CompareForecast forecast_comparison(const CompareMeasurements& measured, std::size_t ranks);

/// What is printed: the job's size, the run on `ranks` ranks, and a table for 1, 2, 4 ... 1024 ranks.
std::string compare_plan_text(const CompareMeasurements& measured, std::size_t ranks);

}  // namespace sightline::stages

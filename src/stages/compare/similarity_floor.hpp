#pragma once

#include <cstdint>
#include <vector>

#include "comm/communicator.hpp"
#include "job/job_config.hpp"
#include "stages/compare/comparison_input.hpp"
#include "statistics/bootstrap.hpp"

namespace sightline::stages {

/// What the maps of two models have in common whatever they see: the similarity of their maps of different images. A
/// sample of the images is taken; each draw pairs the maps of each two models so that no pair is of one image.
struct SimilarityFloor {
  std::int64_t draws = 0;
  std::int64_t images = 0;  ///< in the sample
  /// Here and below by pair_index; NaN for the pair of a model with itself and for one without values.
  std::vector<double> similarity;  ///< mean over the sample, both maps being of the same image
  std::vector<double> floor;       ///< mean over the draws, the maps being of different images
  statistics::Intervals above;     ///< bootstrap limits over images of similarity - floor; empty without resamples
  std::vector<double> p;           ///< (1 + draws with a mean of at least `similarity`) / (1 + draws)
  std::vector<double> p_adjusted;  ///< with Holm's correction over the pairs
  /// pairs x images of the sample; NaN where a pair has none: the similarity, and the terms whose mean is similarity -
  /// floor. What bootstraps over images resample.
  std::vector<float> similarity_by_image;
  std::vector<float> above_by_image;
  /// The similarity of the two models' mean maps over the sample, which show where they look in any image.
  std::vector<double> mean_maps;
};

/// The number of times that the maps of all items are compared for the floor on a sample of so many images: those of
/// one image for each image, and those of different images as often for each draw. 0 without draws, and when there are
/// fewer images than items, which cannot all be of different ones.
std::uint64_t floor_pairings(const job::JobConfig& config, std::uint64_t images, std::size_t items);

/// collective. The floor of every metric (--compare.floor) on a sample of the images, by pair_index; on the root, and
/// empty elsewhere. Nothing without pairings. The bits do not depend on the number of ranks. Throws
/// base::Error(stopped) after a signal.
std::vector<SimilarityFloor> similarity_floor(const comm::Communicator& ranks, const job::JobConfig& config,
                                              const ComparisonInput& input, const std::vector<std::uint64_t>& sample);

}  // namespace sightline::stages

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "job/job_config.hpp"
#include "stages/compare/comparison_input.hpp"
#include "stages/compare/repeats.hpp"
#include "stages/compare/similarity_floor.hpp"
#include "statistics/bootstrap.hpp"

namespace sightline::stages {

/// How alike the maps of one item and those of a repetition are.
struct RepeatSimilarity {
  std::string item;
  std::string repeat;            ///< the folder of --compare.repeats
  std::string difference;        ///< what the repetition has otherwise: a perturbation, weights, parameters, or nothing
  std::int64_t images = 0;       ///< of the sample, those with both maps
  double similarity = 0.0;       ///< mean over these images
  statistics::Intervals limits;  ///< of the bootstrap over images, one number each; empty without resamples
};

/// How alike two models' maps can be at most, since maps of one model differ too when nothing that matters does.
/// The reliability of an item is the mean similarity of its maps and their repetitions, of which those count whose maps
/// are not all the same but for rounding. The ceiling of two items is the
/// geometric mean of their reliabilities, by which Spearman (American Journal of Psychology 1904) corrects correlations
/// for attenuation.
struct SimilarityCeiling {
  std::vector<RepeatSimilarity> repeats;
  std::vector<double> ceiling;  ///< by pair_index; of an item with itself: its reliability. NaN without a repetition
  /// By pair_index: (similarity - floor) / (ceiling - floor); NaN without a floor, where the ceiling is not above the
  /// floor, and for an item with itself.
  std::vector<double> share;
  statistics::Intervals share_limits;  ///< of the bootstrap over images; empty without resamples
};

/// collective. The ceiling of every metric by the repeats, on a sample of the images that all repeats have; on the
/// root, and empty elsewhere. Nothing without repeats. `floors`: of every metric on the same sample, or empty. The bits
/// do not depend on the number of ranks. Throws base::Error(stopped) after a signal.
std::vector<SimilarityCeiling> similarity_ceiling(const comm::Communicator& ranks, const job::JobConfig& config,
                                                  const ComparisonInput& input, const std::vector<Repeat>& repeats,
                                                  const std::vector<std::uint64_t>& sample,
                                                  const std::vector<SimilarityFloor>& floors);

}  // namespace sightline::stages

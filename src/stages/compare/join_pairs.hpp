#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "comparison/pair_statistics.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// What a rank has of one metric for its block of the images.
struct PairBlock {
  std::string metric;
  comparison::PairSums all;       ///< over the block
  comparison::PairSums matching;  ///< over the images for which both models of a pair predict the same class
  std::vector<float> values;      ///< pairs x images of the block; NaN = no value
};

/// collective. The metric over all images: every rank gets the values of its own pairs, the root the matrices too. No
/// rank holds all pairs of all images.
MetricResult join_pairs(const comm::Communicator& ranks, const PairBlock& block, std::uint64_t images);

}  // namespace sightline::stages

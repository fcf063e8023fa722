#pragma once

#include <cstdint>
#include <vector>

#include "comm/communicator.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// collective. Adds the agreement of the predictions, the accuracies of the models and what is right to both of two
/// models to the result, which has the predictions. Each rank counts its block of the images. `labels`: of the images,
/// -1 = unknown.
void add_agreement(const comm::Communicator& ranks, const std::vector<std::int32_t>& labels, ComparisonResult& result);

}  // namespace sightline::stages

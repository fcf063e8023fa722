#pragma once

#include <cstddef>
#include <filesystem>

#include "comm/communicator.hpp"
#include "models/runtime.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {

/// collective. Images in one pass of a job whose store is `file`, the same on every rank: --batch; without it 8 on a
/// CPU and 64 on a GPU, so that a job gives the same bits wherever it runs; for --batch 0 what the store was begun
/// with, or else, on the root's device, the smallest number that is within 3 % of the fastest over all models of the
/// job: 1, 2, 4, ... grey pictures are timed forward (and back, if there are methods) until larger batches do not fit
/// into memory or gain nothing, or are more than `images`. Throws as LoadedModel.
std::size_t choose_batch(const comm::Communicator& ranks, const ResolvedJob& job, const models::DeviceChoice& device,
                         std::size_t images, const std::filesystem::path& file);

}  // namespace sightline::stages

#pragma once

#include <cstddef>
#include <filesystem>

#include <c10/core/Device.h>

#include "comm/communicator.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {

/// collective. The number of images in one pass, the same on every rank: the value of --batch if that is above 0.
/// Without --batch it is 8 on a CPU and 64 on a GPU, so that a job gives the same bits on any machine of that kind.
///
/// With --batch 0 it is the number of the job that created or last extended the store `file`. Without a store it is
/// measured on the root: the smallest of 1, 2, 4, ... that is within 3 % of the fastest, summed over all models of the
/// job. Grey images are timed in a forward pass, and in a backward pass if the job has methods. Larger numbers are
/// tried until they do not fit into memory, bring no gain twice in a row, or exceed `images`, the number of images of
/// the job. Throws as LoadedModel.
std::size_t choose_batch_size(const comm::Communicator& ranks, const ResolvedJob& job, c10::Device device,
                              std::size_t images, const std::filesystem::path& file);

}  // namespace sightline::stages

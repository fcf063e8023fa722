#pragma once

#include <c10/core/Device.h>

#include "comm/communicator.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// collective. Starts LibTorch's runtime and chooses the device of this rank, by --device and --threads. To be called
/// once per process. The root warns of each host whose ranks together want more threads than it gives them cores.
/// Throws base::Error(fault) when --device cuda is given and there is no GPU, and Error(usage) for --precision tf32
/// where a rank has none.
c10::Device start_device(const comm::Communicator& ranks, const job::ComputeConfig& config);

}  // namespace sightline::stages

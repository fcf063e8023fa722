#pragma once

#include <string>

#include <c10/core/Device.h>
#include <c10/util/Exception.h>

namespace sightline::models {

/// Prepares LibTorch for this process and chooses the device that it computes on. Call once, before anything else of
/// this layer. It sets the number of threads, and makes the allocator keep freed activations, since returning them to
/// the system costs up to four times the arithmetic of a large layer. Unless `requested` is "cpu", it loads LibTorch's
/// CUDA library if there is a driver.
///
/// requested: auto, cpu or cuda. node_rank: this rank's number among those of its node; the ranks of a node take its
/// GPUs in turn. threads: per rank. tf32: whether a GPU may round the factors of float32 products to 10 bits. Throws
/// base::Error(fault) when "cuda" is requested and there is no usable GPU.
c10::Device start_runtime(const std::string& requested, int node_rank, int threads, bool tf32 = false);

/// Whether LibTorch failed because the memory of the device or of the system was exhausted.
bool is_out_of_memory(const c10::Error& error);

/// The version that this program was built with, such as "2.15.0".
std::string libtorch_version();

}  // namespace sightline::models

#pragma once

#include <string>

#include <c10/core/Device.h>
#include <c10/util/Exception.h>

namespace sightline::models {

/// Where a rank computes.
struct DeviceChoice {
  bool cuda = false;
  int index = 0;  ///< of the GPU

  c10::Device device() const {
    return cuda ? c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index)) : c10::Device(c10::kCPU);
  }
  std::string name() const { return cuda ? "cuda:" + std::to_string(index) : "cpu"; }
};

/// Prepares LibTorch for this process; call once, before anything else of this layer. Sets the number of threads, makes
/// the allocator keep freed activations (returning them to the system costs up to four times the arithmetic of a large
/// layer), and, unless `requested` is "cpu", loads LibTorch's CUDA library when there is a driver, before any CUDA
/// query. Ranks of one node take GPUs in turn. Throws Error(fault) when "cuda" is requested and cannot be had.
/// `requested`: auto, cpu or cuda; `node_rank`: rank among those of this node.
DeviceChoice start_runtime(const std::string& requested, int node_rank, int threads);

/// Whether LibTorch failed because the device's memory, or the system's, was used up.
bool is_out_of_memory(const c10::Error& error);

/// "2.15.0"
std::string libtorch_version();

}  // namespace sightline::models

#pragma once

#include <ATen/core/Tensor.h>

namespace sightline::models {

/// Whether the memory of a device is the host's. Only then may a loop of ours read a tensor's memory, and do the vector
/// code and oneDNN's operators work. Everything that needs to know asks here.
inline bool on_host(c10::Device device) {
  return device.is_cpu();
}
inline bool on_host(const at::Tensor& tensor) {
  return on_host(tensor.device());
}

}  // namespace sightline::models

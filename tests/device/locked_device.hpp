#pragma once

#include <cstdint>

#include <c10/core/Device.h>

namespace sightline::tests {

/// A device whose memory the CPU cannot touch: LibTorch's PrivateUse1, with its allocations in pages that may be
/// neither read nor written. Every operator copies its tensors to the host, runs there and copies the results back, as
/// if it ran on a GPU. So a loop over the memory of a tensor ends with a signal, and an operator that gets a tensor of
/// the host beside one of the device throws c10::Error, as CUDA's operators do. What the program itself copies is
/// counted.
///
/// Makes the device known to LibTorch. Call it before any backward pass of the process, since autograd looks for its
/// devices only once. Further calls do nothing.
at::Device locked_device();

/// What went from the device to the host since `forget_traffic`.
struct Traffic {
  std::int64_t copies = 0;   ///< tensors copied, as by cpu()
  std::int64_t bytes = 0;    ///< of these tensors
  std::int64_t numbers = 0;  ///< single numbers read, as by item(), each of which would wait for a GPU
};
Traffic traffic();
void forget_traffic();

}  // namespace sightline::tests

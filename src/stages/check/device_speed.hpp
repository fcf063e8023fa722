#pragma once

#include <string>

#include <c10/core/Device.h>

namespace sightline::stages {

/// Measures, in about half a second, how fast a device is: a product of two 2048 x 2048 float32 matrices in TFLOP/s
/// (2 * 2048^3 operations), and the copy of 64 MiB from the host to the device and back in GB/s (10^9 bytes; for the
/// CPU from memory to memory). Each is the best of three. Returns one line, such as "0.14 TFLOP/s in float32 products,
/// copies 8.1 GB/s to it and 8.0 GB/s back". Throws c10::Error when the device fails.
std::string describe_speed(c10::Device device);

}  // namespace sightline::stages

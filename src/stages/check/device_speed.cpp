#include "stages/check/device_speed.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <fmt/format.h>

#include "base/stopwatch.hpp"
#include "models/kernels/on_host.hpp"

namespace sightline::stages {
namespace {

/// Seconds of the fastest of three calls, after one that does not count. A call has to wait for the device.
double best_seconds(const std::function<void()>& call) {
  call();
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 3; ++i) {
    const base::Stopwatch stopwatch;
    call();
    best = std::min(best, stopwatch.seconds());
  }
  return best;
}

}  // namespace

std::string describe_speed(c10::Device device) {
  constexpr std::int64_t side = 2048;
  constexpr double operations = 2.0 * side * side * side;
  constexpr std::int64_t bytes = std::int64_t{64} << 20U;
  const auto numbers = at::TensorOptions().dtype(at::kFloat);
  const auto matrix = at::full({side, side}, 0.5, numbers).to(device);
  // Reading a number waits for the device.
  const double product = best_seconds([&] { matrix.matmul(matrix)[0][0].item<float>(); });
  const auto on_host = at::full({bytes}, 1, numbers.dtype(at::kByte).pinned_memory(!models::on_host(device)));
  at::Tensor on_device;
  const double there = best_seconds([&] {
    on_device = on_host.to(device, at::kByte, /*non_blocking=*/false, /*copy=*/true);
    on_device[0].item<std::uint8_t>();
  });
  const double back = best_seconds([&] { on_device.to(at::kCPU, at::kByte, /*non_blocking=*/false, /*copy=*/true); });
  return fmt::format("{:.3g} TFLOP/s in float32 products, copies {:.3g} GB/s to it and {:.3g} GB/s back",
                     operations / product / 1e12, static_cast<double>(bytes) / there / 1e9,
                     static_cast<double>(bytes) / back / 1e9);
}

}  // namespace sightline::stages

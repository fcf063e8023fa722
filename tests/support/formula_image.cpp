#include "formula_image.hpp"

#include <cmath>

#include <ATen/ops/empty.h>

namespace sightline::tests {
namespace {

double value(int k, double x, double y, int c) {
  constexpr double turn = 6.283185307179586;
  const double cx = 0.5 + 0.25 * std::cos(1.7 * k + 0.4);
  const double cy = 0.5 + 0.25 * std::sin(1.3 * k + 0.9);
  const double q = ((x - cx) * (x - cx) + (y - cy) * (y - cy)) / 0.03;
  const double disc = 1.0 / (1.0 + (q * q) * (q * q));
  const double m = std::floor(8.0 * x) + std::floor(8.0 * y);
  const double checks = m - 2.0 * std::floor(m / 2.0);
  const double s1 = std::sin(turn * ((2.0 + 0.5 * c) * x + 0.3 * k + 0.11 * c));
  const double s2 = std::cos(turn * ((3.0 - 0.5 * c) * y + 0.17 * k));
  const double s3 = std::sin(turn * (9.0 * x * y + 0.05 * k * c + 0.2 * c));
  return 0.5 + 0.12 * s1 + 0.10 * s2 + 0.08 * s3 + 0.08 * (checks - 0.5) + 0.15 * (2.0 * disc - 1.0) * (1.0 - 0.9 * c);
}

}  // namespace

at::Tensor formula_input(int k, int size, const models::ModelSpec& spec) {
  auto image = at::empty({1, 3, size, size});
  float* out = image.mutable_data_ptr<float>();
  for (int c = 0; c < 3; ++c) {
    const auto mean = static_cast<float>(spec.mean[static_cast<std::size_t>(c)]);
    const auto deviation = static_cast<float>(spec.std[static_cast<std::size_t>(c)]);
    for (int i = 0; i < size; ++i) {
      for (int j = 0; j < size; ++j) {
        *out++ = (static_cast<float>(value(k, (j + 0.5) / size, (i + 0.5) / size, c)) - mean) / deviation;
      }
    }
  }
  return image.contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace sightline::tests

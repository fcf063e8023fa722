#include "attribution/methods/noise.hpp"

#include <algorithm>
#include <numbers>
#include <tuple>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

namespace sightline::attribution {
namespace {

constexpr std::int64_t chunk = 1024;  // pixels per step, so that the intermediate numbers stay in the cache

/// Adds noise to the pixels `begin` to `end - 1` of one image. first_index: the stream's index of the copy's first
/// number.
void add_noise(const float* picture, const base::NumberStream& stream, std::int64_t first_index, double sigma,
               std::int64_t channels, std::int64_t pixels, std::int64_t begin, std::int64_t end, float* to) {
  auto radius = at::empty({(end - begin) * channels}, at::kDouble);
  auto angle = at::empty_like(radius);
  auto* u1 = radius.mutable_data_ptr<double>();
  auto* u2 = angle.mutable_data_ptr<double>();
  for (auto pixel = begin; pixel < end; ++pixel) {
    for (std::int64_t c = 0; c < channels; ++c) {
      std::tie(*u1++, *u2++) = stream.uniform_pair(static_cast<std::uint64_t>(first_index + c * pixels + pixel));
    }
  }
  // the Box-Muller transform of NumberStream::normal, vectorised by ATen
  radius.log_().mul_(-2.0).sqrt_().mul_(angle.mul_(2.0 * std::numbers::pi).cos_());
  std::transform(
      picture + begin * channels, picture + end * channels, radius.const_data_ptr<double>(), to + begin * channels,
      [&](float value, double noise) { return static_cast<float>(static_cast<double>(value) + noise * sigma); });
}

}  // namespace

at::Tensor noisy_copies(const Subject& subject, const std::string& purpose, std::int64_t first, std::int64_t count,
                        std::int64_t per_image, const std::vector<double>& sigmas) {
  const auto pictures = subject.inputs().cpu().contiguous(at::MemoryFormat::ChannelsLast);
  const auto channels = pictures.size(1);
  const auto pixels = pictures.size(2) * pictures.size(3);
  auto noisy = at::empty({count, channels, pictures.size(2), pictures.size(3)},
                         pictures.options().memory_format(at::MemoryFormat::ChannelsLast));
  auto* to = noisy.mutable_data_ptr<float>();
  for (std::int64_t k = 0; k < count; ++k, to += channels * pixels) {
    const auto image = (first + k) / per_image;
    const auto first_index = (first + k) % per_image * channels * pixels;
    const auto stream = subject.stream(purpose, image);
    const auto* picture = pictures.const_data_ptr<float>() + image * channels * pixels;
    at::parallel_for(0, (pixels + chunk - 1) / chunk, 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto start = begin * chunk; start < std::min(end * chunk, pixels); start += chunk) {
        add_noise(picture, stream, first_index, sigmas[static_cast<std::size_t>(image)], channels, pixels, start,
                  std::min(start + chunk, pixels), to);
      }
    });
  }
  return noisy.to(subject.inputs().device());
}

}  // namespace sightline::attribution

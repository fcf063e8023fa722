#include "attribution/noise.hpp"

#include <numbers>
#include <tuple>

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

namespace sightline::attribution {
namespace {

/// The uniform numbers behind the normal ones of a sample, in the layout of the inputs: NumberStream::pair.
void draw(const base::NumberStream& stream, std::int64_t sample, std::int64_t channels, std::int64_t pixels, double* u1,
          double* u2) {
  at::parallel_for(0, pixels, 1024, [&](std::int64_t begin, std::int64_t end) {
    for (auto pixel = begin; pixel < end; ++pixel) {
      for (std::int64_t c = 0; c < channels; ++c) {
        const auto index = static_cast<std::uint64_t>((sample * channels + c) * pixels + pixel);
        std::tie(u1[pixel * channels + c], u2[pixel * channels + c]) = stream.pair(index);
      }
    }
  });
}

}  // namespace

at::Tensor normal_noise(const Subject& subject, const std::string& purpose, std::int64_t first, std::int64_t count,
                        std::int64_t per_image) {
  const auto channels = subject.inputs().size(1);
  const auto pixels = subject.inputs().size(2) * subject.inputs().size(3);
  const auto like = at::TensorOptions().dtype(at::kDouble).memory_format(at::MemoryFormat::ChannelsLast);
  auto noise = at::empty({count, channels, subject.inputs().size(2), subject.inputs().size(3)}, like);
  auto angle = at::empty({1, channels, subject.inputs().size(2), subject.inputs().size(3)}, like);
  for (std::int64_t k = 0; k < count; ++k) {
    auto sample = noise.narrow(0, k, 1);
    draw(subject.stream(purpose, (first + k) / per_image), (first + k) % per_image, channels, pixels,
         sample.mutable_data_ptr<double>(), angle.mutable_data_ptr<double>());
    // Box-Muller, by ATen's vector instructions: the logarithms and cosines took a twelfth of SmoothGrad's time
    sample.log_().mul_(-2.0).sqrt_().mul_(angle.mul_(2.0 * std::numbers::pi).cos_());
  }
  return noise;
}

}  // namespace sightline::attribution

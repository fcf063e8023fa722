#include "attribution/noise.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

namespace sightline::attribution {

at::Tensor normal_noise(const Subject& subject, const std::string& purpose, std::int64_t first, std::int64_t count,
                        std::int64_t per_image) {
  const auto channels = subject.inputs().size(1);
  const auto pixels = subject.inputs().size(2) * subject.inputs().size(3);
  const auto values = channels * pixels;
  auto noise = at::empty({count, channels, subject.inputs().size(2), subject.inputs().size(3)},
                         at::TensorOptions().dtype(at::kDouble).memory_format(at::MemoryFormat::ChannelsLast));
  auto* to = noise.mutable_data_ptr<double>();
  for (std::int64_t k = 0; k < count; ++k) {
    const auto sample = (first + k) % per_image;
    const auto stream = subject.stream(purpose, (first + k) / per_image);
    at::parallel_for(0, pixels, 1024, [&](std::int64_t begin, std::int64_t end) {
      for (auto pixel = begin; pixel < end; ++pixel) {
        for (std::int64_t c = 0; c < channels; ++c) {
          const auto index = static_cast<std::uint64_t>((sample * channels + c) * pixels + pixel);
          to[k * values + pixel * channels + c] = stream.normal(index);
        }
      }
    });
  }
  return noise;
}

}  // namespace sightline::attribution

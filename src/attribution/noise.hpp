#pragma once

#include <string>

#include "attribution/subject.hpp"

namespace sightline::attribution {

/// The standard normal numbers of samples first to first + count - 1 (`per_image` of them an image), in the layout of
/// the inputs, float64, on the CPU: count x 3 x H x W. The number of sample s, channel c, row y, column x is at index
/// ((s * 3 + c) * H + y) * W + x of the image's stream `purpose`.
at::Tensor normal_noise(const Subject& subject, const std::string& purpose, std::int64_t first, std::int64_t count,
                        std::int64_t per_image);

}  // namespace sightline::attribution

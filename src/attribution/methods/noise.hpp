#pragma once

#include <string>
#include <vector>

#include "attribution/subject.hpp"

namespace sightline::attribution {

/// Copies of the images with added Gaussian noise. Every image has `per_image` copies; the result holds the copies
/// number `first` to `first + count - 1`, counted image after image: count x 3 x H x W, float32, channels-last, on the
/// inputs' device. sigmas: the noise's standard deviation for each image of the batch.
///
/// The noise of an image's copy s at channel c, row y and column x is sigma times the standard normal number of index
/// ((s * 3 + c) * H + y) * W + x of the image's stream `purpose`. Image and noise are added in float64.
at::Tensor noisy_copies(const Subject& subject, const std::string& purpose, std::int64_t first, std::int64_t count,
                        std::int64_t per_image, const std::vector<double>& sigmas);

}  // namespace sightline::attribution

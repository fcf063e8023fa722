#pragma once

#include <cstdint>
#include <vector>

#include "attribution/subject.hpp"

namespace sightline::attribution {

/// The area under the curve of the target's probability while the pixels of `start` are replaced by those of `end`, the
/// most relevant first, in `steps` equal parts (trapezoidal rule): one number in [0, 1] per image. relevance: N x H x
/// W; pixels of equal relevance are taken row by row. start, end: N x 3 x H x W, normalised. NaN where a map is not
/// finite or constant. Costs steps + 1 forward passes per image.
std::vector<double> area_under_curve(Subject& subject, const at::Tensor& relevance, std::int64_t steps,
                                     const at::Tensor& start, const at::Tensor& end);

}  // namespace sightline::attribution

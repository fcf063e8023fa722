#pragma once

#include <ATen/core/Tensor.h>

namespace sightline::models {

/// The predicted class of each image, for everything that predicts or compares predictions: the index of the largest
/// logit, the first of equal ones; -1 for an image with a logit that is NaN or infinite. logits: N x classes. Returns N
/// int64 on the CPU.
at::Tensor predicted_classes(const at::Tensor& logits);

}  // namespace sightline::models

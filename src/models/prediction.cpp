#include "models/prediction.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ops/empty.h>

namespace sightline::models {

at::Tensor predicted_classes(const at::Tensor& logits) {
  const auto plain = logits.detach().to(at::kCPU, at::kDouble).contiguous();
  const auto classes = plain.size(1);
  auto predicted = at::empty({plain.size(0)}, at::kLong);
  for (std::int64_t i = 0; i < plain.size(0); ++i) {
    const auto* row = plain.const_data_ptr<double>() + i * classes;
    const bool finite = std::all_of(row, row + classes, [](double logit) { return std::isfinite(logit); });
    predicted.mutable_data_ptr<std::int64_t>()[i] = finite ? std::max_element(row, row + classes) - row : -1;
  }
  return predicted;
}

}  // namespace sightline::models

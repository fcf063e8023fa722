#include "attribution/methods/gradient_sums.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>

namespace sightline::attribution {
namespace {

at::Tensor per_variant(const at::Tensor& numbers) {
  return numbers.view({-1, 1, 1, 1});
}

}  // namespace

GradientSums::GradientSums(Subject& subject, const at::Tensor& chosen)
    : subject_(subject),
      chosen_(chosen),
      images_(subject.inputs().index_select(0, chosen)),
      first_layer_(subject.model().first_layer()) {}

void GradientSums::add(const at::Tensor& variants, const at::Tensor& slots, const at::Tensor& weights) {
  if (first_layer_ != nullptr) {
    add_at_first_layer(first_layer_->outputs(variants), slots, weights);
    return;
  }
  if (!totals_.defined()) {
    totals_ = at::zeros_like(images_);
  }
  const auto gradient = subject_.gradient(variants, chosen_.index_select(0, slots)).values;
  totals_.index_add_(0, slots, gradient * per_variant(weights));
}

void GradientSums::add_scaled(const at::Tensor& factors, const at::Tensor& slots, const at::Tensor& weights) {
  if (first_layer_ == nullptr) {
    add(images_.index_select(0, slots) * per_variant(factors), slots, weights);
    return;
  }
  if (!linear_parts_.defined()) {
    linear_parts_ = first_layer_->linear_part(images_);
  }
  add_at_first_layer(first_layer_->scaled_outputs(linear_parts_, slots, factors), slots, weights);
}

void GradientSums::add_at_first_layer(const at::Tensor& outputs, const at::Tensor& slots, const at::Tensor& weights) {
  if (!totals_.defined()) {
    totals_ = at::empty({images_.size(0), outputs.size(1), outputs.size(2), outputs.size(3)},
                        outputs.options().memory_format(at::MemoryFormat::ChannelsLast))
                  .zero_();
  }
  const auto gradient = subject_.gradient_at_first_layer(outputs, chosen_.index_select(0, slots)).values;
  first_layer_->add_gradients(totals_, slots, weights, outputs, gradient);
}

at::Tensor GradientSums::take() {
  if (first_layer_ == nullptr) {
    return totals_;
  }
  auto sums = at::empty_like(images_);
  in_passes(images_.size(0), subject_.pass_size(), [&](std::int64_t first, std::int64_t count) {
    sums.narrow(0, first, count)
        .copy_(first_layer_->input_gradient(totals_.narrow(0, first, count), images_.narrow(0, first, count)));
  });
  return sums;
}

}  // namespace sightline::attribution

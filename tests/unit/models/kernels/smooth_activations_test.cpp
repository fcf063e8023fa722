#include "models/kernels/smooth_activations.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/silu.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "small_models.hpp"

namespace sightline::models {
namespace {

TEST(Gelu, IsAtens) {
  const auto x = at::linspace(-13.0, 13.0, 100'003);
  EXPECT_LT((models::gelu(x) - at::gelu(x.to(at::kDouble))).abs().max().item<double>(), 6e-7);
  const auto picture = at::randn({2, 5, 7, 3}).contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_LT(tests::distance(models::gelu(picture), at::gelu(picture)), 1e-6);
  EXPECT_EQ(models::gelu(picture).strides(), picture.strides());
  const auto some = picture.narrow(1, 1, 3);  // not dense
  EXPECT_LT(tests::distance(models::gelu(some), at::gelu(some)), 1e-6);
}

TEST(SmoothActivations, HaveAtensValuesAndSlopes) {
  const auto x = at::linspace(-30.0, 30.0, 100'003);
  EXPECT_LT((models::silu(x) - at::silu(x.to(at::kDouble))).abs().max().item<double>(), 4e-6);
  const auto slope = [](const at::Tensor& at, const auto& function) {
    const auto leaf = at.detach().requires_grad_(true);
    return torch::autograd::grad({function(leaf).sum()}, {leaf}).front();
  };
  const auto worst = [&](const auto& own, const auto& atens) {
    const at::Tensor difference = slope(x, own) - slope(x.to(at::kDouble), atens);
    return difference.abs().max().item<double>();
  };
  EXPECT_LT(worst([](const at::Tensor& t) { return models::gelu(t); }, [](const at::Tensor& t) { return at::gelu(t); }),
            2e-6);
  EXPECT_LT(worst([](const at::Tensor& t) { return models::silu(t); }, [](const at::Tensor& t) { return at::silu(t); }),
            4e-6);
}

}  // namespace
}  // namespace sightline::models

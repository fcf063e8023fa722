#include "models/layers/layers.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "small_models.hpp"

namespace sightline::models {
namespace {

TEST(Layers, FusedConvolutionEqualsStepByStep) {
  for (const auto activation : {Activation::none, Activation::relu, Activation::relu6, Activation::silu,
                                Activation::hardswish, Activation::gelu}) {
    for (const bool same_padding : {false, true}) {
      const auto source = synthetic_parameters(1, {});
      std::vector<std::string> layers;
      ConvSettings settings{6, 8, 3, 2, 2};
      settings.same_padding = same_padding;
      ConvNorm layer(Builder(*source, {}, layers), {"conv", "bn", "act"}, settings, activation);
      const auto x = at::randn({2, 6, 10, 11}).contiguous(at::MemoryFormat::ChannelsLast);
      const at::Tensor residual = at::randn({2, 8, 5, 6}).contiguous(at::MemoryFormat::ChannelsLast);
      Pass fast;
      const auto fused = layer(x, fast, residual.clone());
      Pass slow({"conv"});
      const auto steps = layer(x, slow, residual.clone());
      EXPECT_LT(tests::distance(fused, steps.detach()), 1e-5);
      EXPECT_EQ(layers, (std::vector<std::string>{"conv", "bn", "act"}));
    }
  }
}

}  // namespace
}  // namespace sightline::models

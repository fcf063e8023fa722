#include "models/layers/token_layers.hpp"

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "formula_image.hpp"
#include "small_models.hpp"

namespace sightline::models {
namespace {

TEST(Attention, FusedEqualsPlainWithItsWeights) {
  const auto model = tests::synthetic_model("swin_tiny_patch4_window7_224");
  const auto x = tests::formula_input(0, 224, model->spec());
  for (const char* layer : {"layers.0.blocks.1.attn.attn_drop", "layers.3.blocks.0.attn.attn_drop"}) {
    Pass pass({layer});
    EXPECT_LT(tests::distance(model->forward(x, pass).detach(), model->forward(x)), 1e-4);
    const auto& weights = pass.activation(layer);
    EXPECT_EQ(weights.sizes().slice(2), (std::vector<std::int64_t>{49, 49}));
    EXPECT_LT((weights.sum(-1) - 1.0).abs().max().item<double>(), 1e-5);
  }
}

}  // namespace
}  // namespace sightline::models

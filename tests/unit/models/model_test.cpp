#include "models/model.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "attribution/method.hpp"
#include "attribution/methods/registry.hpp"
#include "base/error.hpp"
#include "formula_image.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"
#include "small_models.hpp"

namespace sightline::models {
namespace {

TEST(Model, GivesTheSameBitsWhateverItSawBefore) {
  for (const char* name : {"resnet18", "mobilenetv3_small_100", "torchvision_alexnet", "vit_tiny_patch16_224",
                           "swin_tiny_patch4_window7_224", "convnextv2_atto"}) {
    const auto fresh = tests::synthetic_model(name);
    const auto used = tests::synthetic_model(name);
    const auto x = tests::formula_input(0, 224, fresh->spec());
    for (const int batch : {3, 2}) {
      used->forward(x.expand({batch, 3, 224, 224}).contiguous(at::MemoryFormat::ChannelsLast));
    }
    EXPECT_TRUE(fresh->forward(x).equal(used->forward(x))) << name;
  }
}

TEST(Precision, Bf16ExplainsLikeFp32) {
  for (const char* name : {"resnet18d", "mobilenetv3_small_100", "densenet121", "deit_tiny_patch16_224",
                           "swin_tiny_patch4_window7_224", "pvt_v2_b0", "convnextv2_atto", "convnext_atto"}) {
    const auto& spec = find_model(name);
    const auto explain = [&](at::ScalarType precision) {
      const auto source = open_parameters("synthetic:1", spec);
      Model model(spec, *source, {at::kCPU, precision});
      const auto method = attribution::find_method("gradcam").make({}, model);
      return attribution::explain_alone(*method, model,
                                        {tests::formula_input(0, spec.fixed_size ? 224 : 96, spec), {-1}});
    };
    const auto fine = explain(at::kFloat);
    const auto coarse = explain(at::kBFloat16);
    EXPECT_EQ(coarse.values.scalar_type(), at::kFloat);
    EXPECT_LT(tests::distance(coarse.logits, fine.logits), 0.15) << name;
    EXPECT_GT(tests::distance(coarse.logits, fine.logits), 1e-5) << name;
    const auto product = (coarse.values * fine.values).sum().item<double>();
    EXPECT_GT(product / (coarse.values.norm() * fine.values.norm()).item<double>(), 0.99) << name;
  }
}

TEST(Model, RefusesAnImageSizeItCannotTake) {
  const auto model = tests::synthetic_model("deit_tiny_patch16_224");
  EXPECT_THROW(model->forward(tests::formula_input(0, 96, model->spec())), base::Error);
}

TEST(Model, ResolvesDepthsAndPaths) {
  const auto model = tests::synthetic_model("ResNet18");
  EXPECT_EQ(model->resolve_layer(""), "layer4.1");
  EXPECT_EQ(model->resolve_layer("0.25"), "layer1.1");
  EXPECT_EQ(model->resolve_layer("0.5"), "layer2.1");
  EXPECT_EQ(model->resolve_layer("1"), "layer4.1");
  EXPECT_EQ(model->resolve_layer("layer2"), "layer2");
  EXPECT_THROW(model->resolve_layer("1.5"), base::Error);
  try {
    model->resolve_layer("layer4.l");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("Did you mean 'layer4"), std::string::npos);
  }
}

TEST(Model, GivesTheMeanOfALayerOverItsPlaces) {
  for (const char* name : {"ResNet18", "deit_tiny_patch16_224", "swin_tiny_patch4_window7_224"}) {
    const auto whole = tests::synthetic_model(name);
    auto spec = whole->spec();
    spec.pooled_layer = "0.5";
    EXPECT_EQ(spec.label(), whole->spec().label() + "@0.5");
    const auto source = open_parameters("synthetic:1", spec);
    Model pooled(spec, *source);
    const auto x = at::cat({tests::formula_input(0, 224, spec), tests::formula_input(1, 224, spec)});
    const auto path = whole->resolve_layer("0.5");
    Pass pass({}, {path});
    whole->forward(x, pass);
    const auto grid = spec.grid.to_grid(pass.activation(path));
    const auto features = pooled.forward(x);
    EXPECT_EQ(features.sizes(), (std::vector<std::int64_t>{2, grid.size(1)})) << name;
    EXPECT_LT(tests::distance(features, grid.flatten(2).mean(2)), 1e-6) << name;
  }
}

TEST(GridRule, TurnsTokensIntoAGrid) {
  const GridRule rule{GridRule::Layout::tokens, 1};
  const auto tokens = at::randn({2, 10, 5});
  const auto grid = rule.to_grid(tokens);
  EXPECT_EQ(grid.sizes(), (std::vector<std::int64_t>{2, 5, 3, 3}));
  EXPECT_EQ(grid[1][4][2][0].item<float>(), tokens[1][1 + 6][4].item<float>());
  EXPECT_THROW(rule.to_grid(at::randn({1, 9, 5})), base::Error);
}

}  // namespace
}  // namespace sightline::models

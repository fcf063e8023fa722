// Layers, parameters, taps and the registry. Parity with timm is in tests/reference.

#include <cmath>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/silu.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "attribution/method.hpp"
#include "attribution/methods/registry.hpp"
#include "base/error.hpp"
#include "formula_image.hpp"
#include "models/kernels/kernels.hpp"
#include "models/kernels/smooth_activations.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::models {
namespace {

double distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

std::unique_ptr<Model> synthetic(const char* name) {
  const auto& spec = find_model(name);
  const auto source = open_parameters("synthetic:1", spec);
  return std::make_unique<Model>(spec, *source);
}

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
      EXPECT_LT(distance(fused, steps.detach()), 1e-5);
      EXPECT_EQ(layers, (std::vector<std::string>{"conv", "bn", "act"}));
    }
  }
}

TEST(Gelu, IsAtens) {
  const auto x = at::linspace(-13.0, 13.0, 100'003);
  EXPECT_LT((models::gelu(x) - at::gelu(x.to(at::kDouble))).abs().max().item<double>(), 6e-7);
  const auto picture = at::randn({2, 5, 7, 3}).contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_LT(distance(models::gelu(picture), at::gelu(picture)), 1e-6);
  EXPECT_EQ(models::gelu(picture).strides(), picture.strides());
  const auto some = picture.narrow(1, 1, 3);  // not dense
  EXPECT_LT(distance(models::gelu(some), at::gelu(some)), 1e-6);
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

TEST(Pass, RecordsFromTheWantedLayerOn) {
  const auto model = synthetic("resnet18d");
  const auto x = tests::formula_input(0, 64, model->spec());
  Pass plain;
  EXPECT_FALSE(model->forward(x, plain).requires_grad());
  Pass pass({"layer3.1"});
  const auto logits = model->forward(x, pass);
  EXPECT_TRUE(logits.requires_grad());
  EXPECT_TRUE(pass.activation("layer3.1").is_leaf());
  EXPECT_THROW(static_cast<void>(pass.activation("layer4.1")), std::out_of_range);
  Pass again;
  EXPECT_LT(distance(model->forward(x, again), logits.detach()), 1e-5);
}

constexpr std::array one_of_every_family = {"resnet18d",
                                            "resnext50_32x4d",
                                            "res2net50_14w_8s",
                                            "tf_efficientnet_lite0",
                                            "mobilenetv3_large_100",
                                            "densenet121",
                                            "torchvision_alexnet",
                                            "vit_tiny_patch16_224",
                                            "deit3_small_patch16_224",
                                            "swin_tiny_patch4_window7_224",
                                            "pvt_v2_b0",
                                            "convnext_atto",
                                            "convnextv2_atto"};

TEST(Pass, NothingIsWrittenOverAWatchedActivation) {
  for (const char* name : one_of_every_family) {
    const auto model = synthetic(name);
    const auto x = tests::formula_input(0, model->spec().fixed_size ? 224 : 64, model->spec());
    Pass watching({}, model->blocks());
    model->forward(x, watching);
    for (const auto& block : model->blocks()) {
      Pass recording({block});
      model->forward(x, recording);
      EXPECT_LT(distance(watching.activation(block), recording.activation(block).detach()), 1e-4)
          << name << ' ' << block;
    }
  }
}

TEST(Pass, EveryLayerCanBeTapped) {
  for (const char* name : one_of_every_family) {
    const auto model = synthetic(name);
    const auto x = tests::formula_input(0, model->spec().fixed_size ? 224 : 64, model->spec());
    const auto expected = model->forward(x);
    EXPECT_GT(model->layers().size(), 10U);
    for (std::size_t i = 0; i < model->layers().size(); i += 7) {
      Pass pass({model->layers()[i]});
      EXPECT_LT(distance(model->forward(x, pass).detach(), expected), 1e-4) << name << ' ' << model->layers()[i];
      EXPECT_GT(pass.activation(model->layers()[i]).size(0), 0);
    }
  }
}

TEST(Model, GivesTheSameBitsWhateverItSawBefore) {
  for (const char* name : {"resnet18", "mobilenetv3_small_100", "torchvision_alexnet", "vit_tiny_patch16_224",
                           "swin_tiny_patch4_window7_224", "convnextv2_atto"}) {
    const auto fresh = synthetic(name);
    const auto used = synthetic(name);
    const auto x = tests::formula_input(0, 224, fresh->spec());
    for (const int batch : {3, 2}) {
      used->forward(x.expand({batch, 3, 224, 224}).contiguous(at::MemoryFormat::ChannelsLast));
    }
    EXPECT_TRUE(fresh->forward(x).equal(used->forward(x))) << name;
  }
}

TEST(Attention, FusedEqualsPlainWithItsWeights) {
  const auto model = synthetic("swin_tiny_patch4_window7_224");
  const auto x = tests::formula_input(0, 224, model->spec());
  for (const char* layer : {"layers.0.blocks.1.attn.attn_drop", "layers.3.blocks.0.attn.attn_drop"}) {
    Pass pass({layer});
    EXPECT_LT(distance(model->forward(x, pass).detach(), model->forward(x)), 1e-4);
    const auto& weights = pass.activation(layer);
    EXPECT_EQ(weights.sizes().slice(2), (std::vector<std::int64_t>{49, 49}));
    EXPECT_LT((weights.sum(-1) - 1.0).abs().max().item<double>(), 1e-5);
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
    EXPECT_LT(distance(coarse.logits, fine.logits), 0.15) << name;
    EXPECT_GT(distance(coarse.logits, fine.logits), 1e-5) << name;
    const auto product = (coarse.values * fine.values).sum().item<double>();
    EXPECT_GT(product / (coarse.values.norm() * fine.values.norm()).item<double>(), 0.99) << name;
  }
}

TEST(Model, RefusesAnImageSizeItCannotTake) {
  const auto model = synthetic("deit_tiny_patch16_224");
  EXPECT_THROW(model->forward(tests::formula_input(0, 96, model->spec())), base::Error);
}

TEST(Model, ResolvesDepthsAndPaths) {
  const auto model = synthetic("ResNet18");
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

TEST(Registry, HasUniqueNamesAndBuildsEveryModel) {
  std::set<std::string> names;
  for (const auto& spec : all_models()) {
    EXPECT_TRUE(names.insert(spec.id).second) << spec.id;
    EXPECT_TRUE(spec.short_name.empty() || names.insert(spec.short_name).second) << spec.short_name;
    EXPECT_GT(list_parameters(spec).parameters.size(), 10U) << spec.id;
  }
  EXPECT_EQ(find_model("ResNet18").id, "resnet18d.ra2_in1k");
  EXPECT_EQ(find_model("resnet18").id, "resnet18.tv_in1k");
  EXPECT_THROW(find_model("resnet81"), base::Error);
  EXPECT_EQ(model_group("thesis").size(), 14U);
}

TEST(Registry, DepthPointsOfEveryModelAreLayers) {
  for (const auto& spec : all_models()) {
    std::vector<ParameterFact> facts;
    const auto source = recording_parameters(facts);
    const Model model(spec, *source, {at::kMeta});
    std::set<std::string> points;
    for (const char* depth : {"0.25", "0.5", "0.75", "1"}) {
      const auto layer = model.resolve_layer(depth);
      EXPECT_NO_THROW(model.resolve_layer(layer)) << spec.id << ' ' << layer;
      points.insert(layer);
    }
    EXPECT_EQ(points.size(), 4U) << spec.id;
  }
}

TEST(RandomParameters, FollowTimmsInitialisation) {
  const auto source = random_parameters(3);
  const auto weight = source->take("conv.weight", {200, 100}, Init::normal(0.5));
  EXPECT_NEAR(weight.mean().item<double>(), 0.0, 0.02);
  EXPECT_NEAR(weight.std().item<double>(), 0.5, 0.02);
  const auto bound = source->take("fc.weight", {200, 100}, Init::uniform(0.1)).abs().max().item<double>();
  EXPECT_LE(bound, 0.1);
  EXPECT_GT(bound, 0.099);
  EXPECT_EQ(source->take("bn.weight", {4}, Init::ones()).sum().item<double>(), 4.0);
  EXPECT_EQ(distance(random_parameters(3)->take("conv.weight", {200, 100}, Init::normal(0.5)), weight), 0.0);
  EXPECT_GT(distance(random_parameters(4)->take("conv.weight", {200, 100}, Init::normal(0.5)), weight), 1.0);
}

TEST(GradCam, EqualsItsDefinition) {
  // Behind layer4.1 are only pooling and a linear layer, so the gradient is fc / cells exactly.
  const auto model = synthetic("resnet18");
  const auto x = tests::formula_input(2, 96, model->spec());
  job::JobConfig job;
  job.explain.target = {job::Target::Rule::index, 7};
  const auto result =
      attribution::explain_alone(*attribution::find_method("gradcam").make(job, *model), *model, {x, {-1}}, job);
  Pass pass({"layer4.1"});
  model->forward(x, pass);
  const auto source = open_parameters("synthetic:1", model->spec());
  const auto row = source->take("fc.weight", {1000, 512}, {})[7];
  const auto expected = (pass.activation("layer4.1").detach() * row.view({1, -1, 1, 1})).sum(1) / 9.0;
  EXPECT_LT(distance(result.values, expected), 1e-5);
  EXPECT_EQ(result.targets.item<std::int64_t>(), 7);
}

TEST(GradCam, DoesNotDependOnTheBatch) {
  const auto model = synthetic("tf_efficientnet_lite0");
  std::vector<at::Tensor> images;
  for (int k = 0; k < 3; ++k) {
    images.push_back(tests::formula_input(k, 64, model->spec()));
  }
  const auto method = attribution::find_method("gradcam").make({}, *model);
  auto three = images[0].new_empty({3, 3, 64, 64}).contiguous(at::MemoryFormat::ChannelsLast);
  for (int k = 0; k < 3; ++k) {
    three[k].copy_(images[static_cast<std::size_t>(k)][0]);
  }
  const auto together = attribution::explain_alone(*method, *model, {three, {-1, -1, -1}});
  for (int k = 0; k < 3; ++k) {
    const auto alone = attribution::explain_alone(*method, *model, {images[static_cast<std::size_t>(k)], {-1}});
    EXPECT_LT(distance(together.values[k], alone.values[0]), 1e-4);
  }
}

TEST(GradCam, RefusesTargetsThatDoNotExist) {
  const auto logits = at::randn({2, 10});
  EXPECT_THROW(attribution::choose_targets({job::Target::Rule::index, 10}, logits, {0, 0}), base::Error);
  EXPECT_THROW(attribution::choose_targets({job::Target::Rule::label, -1}, logits, {3, -1}), base::Error);
  EXPECT_EQ(attribution::choose_targets({job::Target::Rule::label, -1}, logits, {3, 4})[1].item<std::int64_t>(), 4);
}

TEST(GridRule, TurnsTokensIntoAGrid) {
  const GridRule rule{GridRule::Layout::tokens, 1};
  const auto tokens = at::randn({2, 10, 5});
  const auto grid = rule.to_grid(tokens);
  EXPECT_EQ(grid.sizes(), (std::vector<std::int64_t>{2, 5, 3, 3}));
  EXPECT_EQ(grid[1][4][2][0].item<float>(), tokens[1][1 + 6][4].item<float>());
  EXPECT_THROW(rule.to_grid(at::randn({1, 9, 5})), base::Error);
}

TEST(Kernels, ChannelNormsAreThe2Norms) {
  const auto x = at::randn({3, 9, 7, 40});
  const auto norms = [](const at::Tensor& of) { return at::linalg_vector_norm(of, 2, at::IntArrayRef({1, 2}), true); };
  EXPECT_TRUE(kernels::channel_norms(x).allclose(norms(x), 1e-6, 0.0));
  const auto coarse = x.to(at::kBFloat16);
  EXPECT_EQ(kernels::channel_norms(coarse).scalar_type(), at::kBFloat16);
  EXPECT_TRUE(kernels::channel_norms(coarse).to(at::kFloat).allclose(norms(coarse.to(at::kFloat)), 4e-3, 0.0));
  const auto strided = x.permute({0, 2, 1, 3});
  EXPECT_TRUE(kernels::channel_norms(strided).allclose(norms(strided), 1e-6, 0.0));
}

}  // namespace
}  // namespace sightline::models

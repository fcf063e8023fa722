// What is made behind a network's first layer against what the whole network makes of the pictures.

#include "models/layers/first_layer.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include "attribution/coalitions/masked_outputs.hpp"
#include "attribution/methods/gradient_sums.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::models {
namespace {

constexpr auto nhwc = at::MemoryFormat::ChannelsLast;

struct Network {
  explicit Network(const std::string& name)
      : spec(find_model(name)), source(open_parameters("synthetic:3", spec)), model(spec, *source) {}
  const ModelSpec& spec;
  std::unique_ptr<ParameterSource> source;
  Model model;
};

double error(const at::Tensor& made, const at::Tensor& expected) {
  return ((made - expected).norm() / expected.norm()).item().toDouble();
}

class FirstLayers : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (layer() == nullptr) {
      GTEST_SKIP() << "LibTorch has no prepacked convolutions here";
    }
  }
  FirstLayer* layer() { return network.model.first_layer(); }
  at::Tensor behind(const at::Tensor& outputs) {
    Pass pass;
    pass.override_output(layer()->layer(), outputs);
    return network.model.forward(x.narrow(0, 0, 1).expand({outputs.size(0), -1, -1, -1}), pass);
  }

  Network network{GetParam()};
  at::Tensor x = at::randn({2, 3, 70, 66}).contiguous(nhwc);
};

TEST_P(FirstLayers, AloneSeeThePicture) {
  EXPECT_TRUE(behind(layer()->outputs(x)).equal(network.model.forward(x)));
}

TEST_P(FirstLayers, AreLinearUpToClipping) {
  const auto slots = at::tensor({1, 0, 1}, at::kLong);
  const auto factors = at::tensor({0.5F, -2.0F, 0.0F});
  const auto made = layer()->scaled_outputs(layer()->linear_part(x), slots, factors);
  const auto expected = layer()->outputs((x.index_select(0, slots) * factors.view({-1, 1, 1, 1})).contiguous(nhwc));
  EXPECT_LT(error(made, expected), 1e-6);
  EXPECT_TRUE(made[2].equal(expected[2]));  // of nothing, the bias
}

TEST_P(FirstLayers, TakeGradientsOfManyPicturesAtOnce) {
  attribution::BatchRequest request{job::Target{}};
  request.pass_size = 2;
  attribution::Subject subject(network.model, {x, {-1, -1}}, request);
  const auto slots = at::tensor({0, 1, 1}, at::kLong);
  // powers of two round nothing: every ReLU takes the same side
  const auto factors = at::tensor({1.0F, 0.25F, 0.5F});
  const auto weights = at::tensor({0.5F, 2.0F, -1.0F});
  const auto wide = [](const at::Tensor& numbers) { return numbers.view({-1, 1, 1, 1}); };
  const auto variants = (x.index_select(0, slots) * wide(factors)).contiguous(nhwc);
  const auto each = subject.gradient(variants, slots).values * wide(weights);
  auto expected = at::zeros_like(x);
  expected.index_add_(0, slots, each);
  attribution::GradientSums sums(subject, at::arange(2));
  sums.add(variants, slots, weights);
  EXPECT_LT(error(sums.take(), expected), 1e-5);
  attribution::GradientSums scaled(subject, at::arange(2));
  scaled.add_scaled(factors.narrow(0, 0, 2), slots.narrow(0, 0, 2), weights.narrow(0, 0, 2));  // in several passes
  scaled.add_scaled(factors.narrow(0, 2, 1), slots.narrow(0, 2, 1), weights.narrow(0, 2, 1));
  EXPECT_LT(error(scaled.take(), expected), 1e-5);
}

TEST_P(FirstLayers, AddUpTheFeaturesOfMaskedPictures) {
  const auto image = x.narrow(0, 1, 1).contiguous(nhwc);
  const std::int64_t across = 4;
  const auto rows = at::arange(70).floor_divide(18).unsqueeze(1) * across;
  const auto labels = (rows + at::arange(66).floor_divide(17).unsqueeze(0)).contiguous();  // 4 x 4 blocks
  const auto present = at::randn({3, 16}).gt(0.0).to(at::kFloat);
  const attribution::MaskedOutputs outputs(*layer(), image, labels);
  for (std::int64_t k = 0; k < present.size(0); ++k) {
    const auto mask = present[k].index_select(0, labels.flatten()).view({1, 1, 70, 66});
    const auto expected = layer()->outputs((image * mask).contiguous(nhwc));
    auto made = at::full_like(expected, -1.0);
    const auto windows = expected.size(2) * expected.size(3);
    auto* const to = made.mutable_data_ptr<float>();
    outputs.write(present[k].const_data_ptr<float>(), 0, 5, to);
    outputs.write(present[k].const_data_ptr<float>(), 5, windows - 5, to + 5 * expected.size(1));
    EXPECT_LT(error(made, expected), 1e-6) << k;
  }
  EXPECT_TRUE(attribution::MaskedOutputs::is_faster(*layer(), x, 16));
  EXPECT_FALSE(attribution::MaskedOutputs::is_faster(*layer(), x, 70 * 66 / 4));
}

INSTANTIATE_TEST_SUITE_P(Networks, FirstLayers,
                         testing::Values("resnet18.tv_in1k", "resnet18d.ra2_in1k", "torchvision_alexnet",
                                         "vgg11_bn.tv_in1k", "densenet121.tv_in1k"));

TEST(FirstLayer, IsNoneWhereSumsAreNotClippedOrRounded) {
  EXPECT_EQ(Network("efficientnet_b0.ra_in1k").model.first_layer(), nullptr);
  EXPECT_EQ(Network("deit_tiny_patch16_224.fb_in1k").model.first_layer(), nullptr);
  const auto& spec = find_model("resnet18.tv_in1k");
  const auto source = open_parameters("synthetic:3", spec);
  EXPECT_EQ(Model(spec, *source, {at::kCPU, at::kBFloat16}).first_layer(), nullptr);
}

}  // namespace
}  // namespace sightline::models

// Integrated Gradients and DeepLIFT share out the whole change of the output.

#include <cmath>

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "small_models.hpp"

namespace sightline::attribution {
namespace {

TEST(IntegratedGradients, AreComplete) {
  for (const char* name : {"resnet18d", "convnextv2_atto", "deit_tiny_patch16_224"}) {
    const auto model = tests::synthetic_model(name);
    const auto x = tests::picture_for(*model);
    const auto made = tests::explain("integratedgradients", *model, {x, {-1}}, {{"integratedgradients.steps", "auto"}});
    const double blank = model->forward(x * 0.0)[0][made.targets.item<std::int64_t>()].item<double>();
    const double change = tests::target_logit(made) - blank;
    const double missed = made.values.sum(at::kDouble).item<double>() - change;
    EXPECT_LT(std::abs(missed), 0.02 * std::abs(change)) << name;
    EXPECT_NEAR(made.details.at("convergence_delta").item<double>(), missed, 1e-3 * std::abs(change)) << name;
  }
}

TEST(DeepLift, IsComplete) {
  for (const char* name : {"torchvision_vgg11", "resnet18d", "densenet121", "tf_efficientnet_lite0"}) {
    const auto model = tests::synthetic_model(name);
    const auto made = tests::explain("deeplift", *model, {tests::picture_for(*model), {-1}});
    EXPECT_LT(std::abs(made.details.at("convergence_delta").item<double>()), 1e-2 * std::abs(tests::target_logit(made)))
        << name;
  }
}

}  // namespace
}  // namespace sightline::attribution

// Gradients of all parameters against PyTorch's through timm; optimizers against their formulas.

#include "training/fine_tune.hpp"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "gradient_case.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::training {
namespace {

/// In float32 a sum that is 0 to rounding falls on either side of a ReLU's kink, hence the second tolerance.
void expect_pytorchs_gradients(at::ScalarType numbers, double loss_tolerance, double tolerance) {
  const auto file = nlohmann::json::parse(base::read_text(SIGHTLINE_TESTS_FOLDER "/fixtures/gradients.json"));
  ASSERT_EQ(file["cases"].size(), 14U);
  for (const auto& entry : file["cases"]) {
    const auto made = tests::gradient_case(entry["model"], entry["size"], entry["images"], numbers);
    SCOPED_TRACE(fmt::format("{}, {} images", made.model, entry["images"].get<int>()));
    EXPECT_EQ(made.tensors.size(), entry["norms"].size());
    EXPECT_NEAR(made.loss, entry["loss"].get<double>(), loss_tolerance * entry["loss"].get<double>());
    double largest = 0.0;
    for (const auto& norm : entry["norms"]) {
      largest = std::max(largest, norm.get<double>());
    }
    for (const auto& [name, tensor] : made.tensors) {
      const auto norm = entry["norms"][name].get<double>();
      const auto within = tolerance * norm + 1e-6 * largest;
      EXPECT_NEAR(tensor.norm().item<double>(), norm, within) << name;
      EXPECT_NEAR(tensor.flatten()[0].item<double>(), entry["first"][name].get<double>(), within) << name;
    }
  }
}

TEST(LossGradient, IsPyTorchs) {
  expect_pytorchs_gradients(at::kDouble, 1e-6, 1e-5);
}

TEST(LossGradient, IsPyTorchsInSinglePrecision) {
  expect_pytorchs_gradients(at::kFloat, 1e-4, 2e-2);
}

TEST(TrainedParameters, ReachDownFromTheClassifier) {
  const auto& spec = models::find_model("resnet18");
  const auto parameters = models::load_parameters(*models::open_parameters("synthetic:1", spec), spec);
  EXPECT_EQ(trained_parameters(spec, parameters, 0), (std::set<std::string>{"fc.bias", "fc.weight"}));
  const auto last = trained_parameters(spec, parameters, 1);
  EXPECT_EQ(last.count("layer4.1.conv1.weight"), 1U);
  EXPECT_EQ(last.count("layer4.0.conv1.weight"), 0U);
  EXPECT_EQ(last.count("layer4.1.bn1.running_mean"), 0U);
  EXPECT_THROW(trained_parameters(spec, parameters, 99), std::exception);
}

TEST(Optimizer, SgdKeepsItsMomentum) {
  Optimizer optimizer({OptimizerSettings::Kind::sgd, 0.9, 0.0});
  models::NamedTensors parameters{{"w", at::ones({2, 1})}};
  const models::NamedTensors gradients{{"w", at::ones({2, 1})}};
  optimizer.step(parameters, gradients, 0.1);
  optimizer.step(parameters, gradients, 0.1);
  EXPECT_NEAR(parameters.at("w")[0][0].item<double>(), 1.0 - 0.1 - 0.1 * 1.9, 1e-6);
}

TEST(Optimizer, AdamwStepsByTheRateAndDecaysMatricesOnly) {
  Optimizer optimizer({OptimizerSettings::Kind::adamw, 0.9, 0.5});
  models::NamedTensors parameters{{"bias", at::ones({2})}, {"w", at::ones({2, 1})}};
  const models::NamedTensors gradients{{"bias", at::full({2}, 3.0)}, {"w", at::full({2, 1}, 3.0)}};
  optimizer.step(parameters, gradients, 0.1);
  EXPECT_NEAR(parameters.at("bias")[0].item<double>(), 0.9, 1e-6);
  EXPECT_NEAR(parameters.at("w")[0][0].item<double>(), 0.95 - 0.1, 1e-6);
}

TEST(LearningRate, WarmsUpAndFallsLikeACosine) {
  EXPECT_DOUBLE_EQ(learning_rate(1.0, 0, 10, 2), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate(1.0, 1, 10, 2), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(1.0, 2, 10, 2), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(1.0, 6, 10, 2), 0.5);
  EXPECT_LT(learning_rate(1.0, 9, 10, 2), 0.05);
}

}  // namespace
}  // namespace sightline::training

#include "training/head.hpp"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "models/model_parameters.hpp"
#include "models/weights/safetensors.hpp"
#include "models/zoo/registry.hpp"
#include "temporary_folder.hpp"

namespace sightline {
namespace {

at::Tensor normal_numbers(const char* name, at::IntArrayRef shape) {
  auto made = at::empty(shape);
  const base::NumberStream stream(name, 1);
  for (std::int64_t i = 0; i < made.numel(); ++i) {
    made.mutable_data_ptr<float>()[i] = static_cast<float>(stream.normal(static_cast<std::uint64_t>(i)));
  }
  return made;
}

TEST(TrainHead, OneFeatureTwoClassesHasTheSolutionOfItsEquation) {
  // Features +1 and -1, one class each: by symmetry W = (-w, w), b = 0, and dL/dw = -2 s(-2w) / 2 + lambda w = 0.
  auto features = at::empty({2, 1});
  features.mutable_data_ptr<float>()[0] = -1.0F;
  features.mutable_data_ptr<float>()[1] = 1.0F;
  auto labels = at::zeros({2}, at::kLong);
  labels.mutable_data_ptr<std::int64_t>()[1] = 1;
  training::HeadSettings settings;
  settings.weight_decay = 0.1;
  settings.tolerance = 1e-12;
  const auto head = training::train_head(features, labels, settings);
  double w = 0.0;
  for (int i = 0; i < 10000; ++i) {
    w += 0.1 * (1.0 / (1.0 + std::exp(2.0 * w)) - 0.1 * w);
  }
  EXPECT_NEAR(head.weight.const_data_ptr<double>()[1], w, 1e-9);
  EXPECT_NEAR(head.weight.const_data_ptr<double>()[0], -w, 1e-9);
  EXPECT_NEAR(head.bias.const_data_ptr<double>()[0], 0.0, 1e-9);
  EXPECT_EQ(training::head_accuracy(head, features, labels), 1.0);
}

TEST(TrainHead, LossFallsAtEveryStepAndConverges) {
  const auto features = normal_numbers("features", {200, 30});
  auto labels = at::zeros({200}, at::kLong);
  const base::NumberStream stream("labels", 1);
  for (std::int64_t i = 0; i < 200; ++i) {
    labels.mutable_data_ptr<std::int64_t>()[i] =
        static_cast<std::int64_t>(stream.below(5, static_cast<std::uint64_t>(i)));
  }
  training::HeadSettings settings;
  settings.classes = 5;
  settings.label_smoothing = 0.1;
  double last = std::log(5.0) + 1e-12;
  const auto head = training::train_head(features, labels, settings, [&](const training::HeadStep& step) {
    EXPECT_LE(step.loss, last);
    last = step.loss;
  });
  EXPECT_LT(head.max_gradient, settings.tolerance);
  EXPECT_GT(head.number, 3);
}

TEST(TrainHead, RefusesFeaturesThatAreNotFinite) {
  auto features = at::zeros({2, 1});
  features.mutable_data_ptr<float>()[0] = NAN;
  EXPECT_THROW(training::train_head(features, at::zeros({2}, at::kLong), {}), base::Error);
}

TEST(FeatureParameters, GiveWhatTheClassifierIsGiven) {
  const auto& spec = models::find_model("torchvision_alexnet");
  const auto images = normal_numbers("images", {2, 3, 224, 224}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto whole = models::open_parameters("synthetic:1", spec);
  const auto tensors = models::load_parameters(*whole, spec);
  const auto given = models::given_parameters(tensors);
  const auto headless = models::feature_parameters(models::open_parameters("synthetic:1", spec), spec);
  models::Model model(spec, *given);
  models::Model features(spec, *headless);
  const auto name = models::classifier_of(spec);
  EXPECT_EQ(name, "classifier.6");
  const auto logits = features.forward(images).matmul(tensors.at(name + ".weight").t()) + tensors.at(name + ".bias");
  const auto expected = model.forward(images);
  EXPECT_LT((logits - expected).abs().max().item<double>(), 1e-5 * expected.abs().max().item<double>());
}

TEST(WriteSafetensors, ReadsBackTheSame) {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "made.safetensors";
  const models::NamedTensors tensors{{"a", normal_numbers("a", {2, 3})}, {"b.weight", normal_numbers("b", {5})}};
  models::write_safetensors(file, tensors, {{"class_names", "[\"cat\",\"dog\"]"}});
  const models::SafetensorsFile back(file);
  EXPECT_EQ(back.names(), (std::vector<std::string>{"a", "b.weight"}));
  EXPECT_TRUE(back.tensor("a").equal(tensors.at("a")));
  EXPECT_TRUE(back.tensor("b.weight").equal(tensors.at("b.weight")));
  EXPECT_EQ(back.metadata().at("class_names"), "[\"cat\",\"dog\"]");
}

}  // namespace
}  // namespace sightline

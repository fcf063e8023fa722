// KernelSHAP, Shapley value sampling, occlusion and Score-CAM: axioms and refusals.

#include <cmath>

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "attribution/methods/registry.hpp"
#include "base/error.hpp"
#include "small_models.hpp"

namespace sightline::attribution {
namespace {

TEST(KernelShap, SharesOutTheWholeChangeForEverySampling) {
  const auto model = tests::synthetic_model("resnet18d");
  const auto x = tests::picture_for(*model);
  for (const std::string sampling : {"paired", "captum"}) {
    const auto made = tests::explain(
        "kernelshap", *model, {x, {-1}},
        {{"kernelshap.features", "grid:3x3"}, {"kernelshap.samples", "60"}, {"kernelshap.sampling", sampling}});
    const double change = tests::target_logit(made) - made.details.at("empty_output").item<double>();
    EXPECT_NEAR(made.values.sum(at::kDouble).item<double>(), change, 1e-4 * std::abs(change)) << sampling;
  }
}

TEST(KernelShap, StopsWhereTheErrorIsWanted) {
  const auto model = tests::synthetic_model("resnet18d");
  const auto made = tests::explain("kernelshap", *model, {tests::picture_for(*model), {-1}},
                                   {{"kernelshap.features", "grid:2x4"}, {"kernelshap.samples", "auto"}});
  EXPECT_EQ(made.details.at("evaluations").item<double>(), 128.0);  // of 256 coalitions; enough for 8 features
  const auto largest = made.values.abs().max().item<double>();
  EXPECT_LE(made.details.at("standard_error").max().item<double>(), 0.05 * largest);
}

TEST(ShapleyValueSampling, IsEfficient) {
  const auto model = tests::synthetic_model("convnextv2_atto");
  const auto x = tests::picture_for(*model);
  const auto made =
      tests::explain("shapleyvaluesampling", *model, {x, {-1}},
                     {{"shapleyvaluesampling.features", "grid:2x3"}, {"shapleyvaluesampling.samples", "3"}});
  const double blank = model->forward(x * 0.0)[0][made.targets.item<std::int64_t>()].item<double>();
  EXPECT_NEAR(made.values.sum(at::kDouble).item<double>(), tests::target_logit(made) - blank, 1e-3);
}

TEST(ScoreCam, WeighsAChannelByTheScoreOfWhatItShows) {
  const auto model = tests::synthetic_model("resnet18.tv_in1k");
  job::JobConfig job;
  job.explain.gradcam_layer = "layer1.0";  // 64 channels
  const auto method = find_method("scorecam").make(job, *model);
  const auto made = explain_alone(*method, *model, {tests::picture_for(*model), {-1}}, job);
  EXPECT_EQ(made.values.sizes(), (std::vector<std::int64_t>{1, 16, 16}));
  EXPECT_GT(made.values.min().item<double>(), -1e-6);  // weights of a softmax, activations of a ReLU
}

TEST(Occlusion, RefusesGapsBetweenWindows) {
  const auto model = tests::synthetic_model("resnet18d");
  EXPECT_THROW(tests::explain("occlusion", *model, {tests::picture_for(*model), {-1}}, {{"occlusion.stride", "64"}}),
               base::Error);
}

}  // namespace
}  // namespace sightline::attribution

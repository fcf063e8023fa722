// What holds for every attribution method, on small models with formula weights. Parity with public libraries is in
// tests/reference.

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/nan_to_num.h>
#include <gtest/gtest.h>

#include "attribution/methods/registry.hpp"
#include "base/error.hpp"
#include "job_with.hpp"
#include "small_models.hpp"

namespace sightline::attribution {
namespace {

TEST(Methods, SayWhyTheyDoNotFit) {
  const auto resnet = tests::synthetic_model("resnet18d");
  const auto swin = tests::synthetic_model("swin_tiny_patch4_window7_224");
  EXPECT_THROW(find_method("attentionrollout").make({}, *resnet), DoesNotFit);
  EXPECT_THROW(find_method("chefer").make({}, *swin), DoesNotFit);
  EXPECT_THROW(find_method("guidedbackprop").make({}, *swin), DoesNotFit);
  EXPECT_THROW(find_method("deeplift").make({}, *swin), DoesNotFit);
  EXPECT_THROW(find_method("lrp").make(tests::job_with({{"lrp.rules", "focus"}}), *swin), DoesNotFit);
  EXPECT_EQ(find_method("lrp").make({}, *swin)->parameters().at("rules"), "attnlrp");
  EXPECT_EQ(find_method("lrp").make({}, *resnet)->parameters().at("rules"), "focus");
  EXPECT_EQ(find_method("lrp").make({}, *tests::synthetic_model("tf_efficientnet_lite0"))->parameters().at("rules"),
            "epsilon_plus_flat");
}

/// Cheap parameters for methods that sample.
const std::map<std::string, std::string> few = {{"smoothgrad.samples", "3"},
                                                {"integratedgradients.steps", "4"},
                                                {"gradientshap.samples", "3"},
                                                {"gradientshap.stdevs", "0.1"},
                                                {"kernelshap.samples", "20"},
                                                {"kernelshap.features", "grid:2x3"},
                                                {"lime.samples", "20"},
                                                {"lime.features", "grid:2x3"},
                                                {"shapleyvaluesampling.samples", "2"},
                                                {"rise.samples", "10"},
                                                {"rise.cells", "4"},
                                                {"occlusion.window", "32"},
                                                {"occlusion.stride", "32"},
                                                {"shapleyvaluesampling.features", "grid:2x3"}};

TEST(Methods, DoNotDependOnTheBatch) {
  const auto resnet = tests::synthetic_model("resnet18.tv_in1k");
  const auto deit = tests::synthetic_model("deit_tiny_patch16_224");
  for (const auto& spec : all_methods()) {
    if (spec.name == "scorecam") {
      continue;  // a pass for each of 512 channels: below, on a small layer
    }
    const bool attention = spec.name == "attentionrollout" || spec.name == "chefer";
    auto& model = attention ? *deit : *resnet;
    const Batch together{
        at::cat({tests::picture_for(model, 0), tests::picture_for(model, 1), tests::picture_for(model, 2)}),
        {-1, -1, -1},
        {"a", "b", "c"}};
    const auto all = tests::explain(spec.name, model, together, few);
    EXPECT_EQ(all.values.scalar_type(), at::kFloat) << spec.name;
    for (const int k : {0, 2}) {
      const auto alone =
          tests::explain(spec.name, model, {tests::picture_for(model, k), {-1}, {k == 0 ? "a" : "c"}}, few);
      EXPECT_LT(tests::distance(all.values[k], alone.values[0]), 2e-3) << spec.name << ' ' << k;
    }
  }
}

TEST(Methods, MakeTheShapeTheyAnnounceAndOtherBitsOnlyForAnotherSeed) {
  const auto model = tests::synthetic_model("resnet18.tv_in1k");
  for (const auto& spec : all_methods()) {
    if (spec.name == "scorecam" || spec.name == "attentionrollout" || spec.name == "chefer") {
      continue;
    }
    const auto job = tests::job_with(few);
    const auto method = spec.make(job, *model);
    const Batch batch{tests::picture_for(*model), {-1}, {"a"}};
    const auto first = explain_alone(*method, *model, batch, job);
    const auto second = explain_alone(*method, *model, batch, job);
    Subject subject(*model, batch, {{}, method->layers(), method->watched()});
    EXPECT_EQ(first.values[0].sizes().vec(), method->shape(subject)) << spec.name;
    EXPECT_EQ(method->kind(), spec.kind) << spec.name;
    EXPECT_EQ(first.details.size(), method->details().size()) << spec.name;
    EXPECT_TRUE(first.values.nan_to_num().equal(second.values.nan_to_num())) << spec.name;
    auto other_job = job;
    other_job.seed = job.seed + 1;
    const auto other = explain_alone(*method, *model, batch, other_job);
    EXPECT_EQ(first.values.nan_to_num().equal(other.values.nan_to_num()), !spec.draws()) << spec.name;
  }
}

TEST(Methods, PassAsManyVariantsThroughTheModelAsTheyAnnounce) {
  const auto resnet = tests::synthetic_model("resnet18.tv_in1k");
  const auto deit = tests::synthetic_model("deit_tiny_patch16_224");
  for (const auto& spec : all_methods()) {
    const bool attention = spec.name == "attentionrollout" || spec.name == "chefer";
    auto& model = attention ? *deit : *resnet;
    auto options = few;
    options["gradcam.layer"] = spec.name == "scorecam" ? "layer1.1" : "";
    const auto job = tests::job_with(options);
    const auto method = spec.make(job, model);
    std::int64_t forward = 0;
    std::int64_t backward = 0;
    BatchRequest request{{}, method->layers(), method->watched()};
    request.before_pass = [&](std::int64_t images, bool with_backward) {
      (with_backward ? backward : forward) += images;
    };
    Subject subject(model, {tests::picture_for(model), {-1}, {"a"}}, request);
    subject.targets();
    const auto announced = method->passes(subject);
    forward = backward = 0;
    method->explain(subject);
    EXPECT_EQ(forward, announced.forward + announced.masked) << spec.name;
    EXPECT_EQ(backward, announced.gradient) << spec.name;
  }
}

TEST(Parameters, EveryDefaultIsValid) {
  for (const auto& spec : all_methods()) {
    for (const auto& parameter : spec.parameters) {
      EXPECT_NO_THROW(parameter.check(parameter.default_value)) << spec.name << '.' << parameter.name;
      EXPECT_THROW(parameter.check("no such value"), base::Error) << spec.name << '.' << parameter.name;
    }
  }
}

}  // namespace
}  // namespace sightline::attribution

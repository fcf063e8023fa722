#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "attribution/methods/registry.hpp"
#include "base/error.hpp"
#include "formula_image.hpp"
#include "models/model_parameters.hpp"
#include "small_models.hpp"

namespace sightline::attribution {
namespace {

TEST(GradCam, EqualsItsDefinition) {
  // Behind layer4.1 are only pooling and a linear layer, so the gradient is fc / cells exactly.
  const auto model = tests::synthetic_model("resnet18");
  const auto x = tests::formula_input(2, 96, model->spec());
  job::JobConfig job;
  job.explain.target = {job::Target::Rule::index, 7};
  const auto result = explain_alone(*find_method("gradcam").make(job, *model), *model, {x, {-1}}, job);
  models::Pass pass({"layer4.1"});
  model->forward(x, pass);
  const auto source = models::open_parameters("synthetic:1", model->spec());
  const auto row = source->take("fc.weight", {1000, 512}, {})[7];
  const auto expected = (pass.activation("layer4.1").detach() * row.view({1, -1, 1, 1})).sum(1) / 9.0;
  EXPECT_LT(tests::distance(result.values, expected), 1e-5);
  EXPECT_EQ(result.targets.item<std::int64_t>(), 7);
}

TEST(GradCam, DoesNotDependOnTheBatch) {
  const auto model = tests::synthetic_model("tf_efficientnet_lite0");
  std::vector<at::Tensor> images;
  for (int k = 0; k < 3; ++k) {
    images.push_back(tests::formula_input(k, 64, model->spec()));
  }
  const auto method = find_method("gradcam").make({}, *model);
  auto three = images[0].new_empty({3, 3, 64, 64}).contiguous(at::MemoryFormat::ChannelsLast);
  for (int k = 0; k < 3; ++k) {
    three[k].copy_(images[static_cast<std::size_t>(k)][0]);
  }
  const auto together = explain_alone(*method, *model, {three, {-1, -1, -1}});
  for (int k = 0; k < 3; ++k) {
    const auto alone = explain_alone(*method, *model, {images[static_cast<std::size_t>(k)], {-1}});
    EXPECT_LT(tests::distance(together.values[k], alone.values[0]), 1e-4);
  }
}

TEST(GradCam, RefusesTargetsThatDoNotExist) {
  const auto logits = at::randn({2, 10});
  EXPECT_THROW(choose_targets({job::Target::Rule::index, 10}, logits, {0, 0}), base::Error);
  EXPECT_THROW(choose_targets({job::Target::Rule::label, -1}, logits, {3, -1}), base::Error);
  EXPECT_EQ(choose_targets({job::Target::Rule::label, -1}, logits, {3, 4})[1].item<std::int64_t>(), 4);
}

}  // namespace
}  // namespace sightline::attribution

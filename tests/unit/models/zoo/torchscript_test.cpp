// A user's own model from a TorchScript file.

#include "models/zoo/torchscript.hpp"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include "attribution/method.hpp"
#include "attribution/methods/registry.hpp"
#include "base/error.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"
#include "temporary_folder.hpp"

namespace sightline::models {
namespace {

/// Saves a module with a 5 x 3 weight and this forward method.
std::filesystem::path save_module(const tests::TemporaryFolder& folder, const std::string& forward) {
  torch::jit::Module module("mine");
  module.register_parameter("weight", at::randn({5, 3}), false);
  module.define(forward);
  const auto file = folder / "mine.ts";
  module.save(file.string());
  return file;
}

constexpr auto with_features = R"(
def forward(self, x: Tensor):
    features = torch.avg_pool2d(x, 8)
    return features, torch.matmul(features.mean([2, 3]), self.weight.t())
)";
constexpr auto logits_only = R"(
def forward(self, x: Tensor):
    return torch.matmul(x.mean([2, 3]), self.weight.t())
)";

ModelSpec spec_of(const std::filesystem::path& file) {
  ModelSpec preprocessing;
  preprocessing.input_size = 32;
  return torchscript_model(file, preprocessing);
}

std::string complaint(const ModelSpec& spec, const std::function<void(Model&)>& use) {
  try {
    const auto source = open_parameters("", spec);
    Model model(spec, *source);
    use(model);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(TorchScript, ExplainsFeatures) {
  const tests::TemporaryFolder folder;
  const auto spec = spec_of(save_module(folder, with_features));
  EXPECT_EQ(spec.label(), "mine");
  const auto source = open_parameters("models/weights", spec);
  Model model(spec, *source);
  const auto x = at::randn({2, 3, 32, 32});
  const auto result =
      attribution::explain_alone(*attribution::find_method("gradcam").make({}, model), model, {x, {-1, -1}});
  EXPECT_EQ(result.logits.sizes(), (std::vector<std::int64_t>{2, 5}));
  EXPECT_LT((model.forward(x) - result.logits).abs().max().item<double>(), 1e-6);
  // logit = sum over channels of weight * mean feature, so the gradient is weight / 16 and the map sums to the logit.
  const auto best = std::get<0>(result.logits.max(1));
  EXPECT_LT((result.values.sum({1, 2}) - best).abs().max().item<double>(), 1e-5);
  EXPECT_EQ(parameters_identity("", spec).size(), 64U);
}

TEST(TorchScript, WeightsThatAreNotFiniteAreRefusedUnlessAllowed) {
  const tests::TemporaryFolder folder;
  torch::jit::Module module("mine");
  module.register_parameter("weight", at::full({5, 3}, INFINITY), false);
  module.define(logits_only);
  module.save((folder / "mine.ts").string());
  auto spec = spec_of(folder / "mine.ts");
  const auto nothing = [](Model& /*model*/) {};
  EXPECT_NE(complaint(spec, nothing).find("NaN or infinite in 'weight' (15 of 15)"), std::string::npos);
  ModelSpec allowed;
  allowed.input_size = 32;
  allowed.allow_nonfinite_weights = true;
  EXPECT_EQ(complaint(torchscript_model(folder / "mine.ts", allowed), nothing), "");
}

TEST(TorchScript, RefusesWhatItCannotDoWithASentence) {
  const tests::TemporaryFolder folder;
  const auto cam = [](Model& model) { attribution::find_method("gradcam").make({}, model); };
  const auto nothing = [](Model& /*model*/) {};
  EXPECT_NE(complaint(spec_of(save_module(folder, logits_only)), cam).find("export_model.py"), std::string::npos);
  EXPECT_EQ(complaint(spec_of(folder / "mine.ts"), nothing), "");
  EXPECT_NE(complaint(spec_of(folder / "other.ts"), nothing).find("no such file"), std::string::npos);
  tests::write_file(folder / "text.ts", "not a module");
  EXPECT_NE(complaint(spec_of(folder / "text.ts"), nothing).find("is not a TorchScript file"), std::string::npos);
  const auto list = save_module(folder, "def forward(self, x: Tensor):\n    return [x]\n");
  EXPECT_NE(complaint(spec_of(list), nothing).find("(features, logits)"), std::string::npos);
  const auto flat =
      save_module(folder, "def forward(self, x: Tensor):\n    return x, x.mean([2, 3]).matmul(self.weight)\n");
  EXPECT_NE(complaint(spec_of(flat), nothing).find("fails on an input of 1 x 3 x 32 x 32"), std::string::npos);
}

}  // namespace
}  // namespace sightline::models

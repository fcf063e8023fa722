#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"
#include "small_models.hpp"

namespace sightline::attribution {
namespace {

/// The parameters of a source without its biases: what LRP conserves does not leak into them.
class WithoutBiases : public models::ParameterSource {
 public:
  explicit WithoutBiases(std::unique_ptr<models::ParameterSource> source) : source_(std::move(source)) {}
  at::Tensor take(const std::string& name, at::IntArrayRef shape, const models::Init& init) override {
    const auto values = source_->take(name, shape, init);
    return name.ends_with("bias") || name.ends_with("running_mean") ? values * 0.0 : values;
  }
  std::optional<std::int64_t> classes(const std::string& classifier) const override {
    return source_->classes(classifier);
  }
  void finish() override { source_->finish(); }

 private:
  std::unique_ptr<models::ParameterSource> source_;
};

std::unique_ptr<models::Model> without_biases(const std::string& name) {
  const auto& spec = models::find_model(name);
  WithoutBiases parameters(models::open_parameters("synthetic:1", spec));
  return std::make_unique<models::Model>(spec, parameters);
}

TEST(Lrp, ConservesRelevanceWithoutBiases) {
  for (const char* name : {"torchvision_vgg11", "resnet18.tv_in1k"}) {
    const auto model = without_biases(name);
    for (const std::string rules : {"epsilon_plus_flat", "zplus_all"}) {
      const auto made = tests::explain("lrp", *model, {tests::picture_for(*model), {-1}}, {{"lrp.rules", rules}});
      EXPECT_NEAR(made.values.sum(at::kDouble).item<double>() / tests::target_logit(made), 1.0, 1e-2)
          << name << ' ' << rules;
    }
  }
}

TEST(Lrp, ComputesInBf16) {
  for (const char* name : {"resnet18.tv_in1k", "densenet121.tv_in1k", "tf_efficientnet_lite0"}) {
    const auto& spec = models::find_model(name);
    const auto source = models::open_parameters("synthetic:1", spec);
    models::Model whole(spec, *source);
    models::Model rounded(spec, *source, {at::kCPU, at::kBFloat16});
    for (const std::string rules : {"epsilon_plus_flat", "zplus_all", "focus"}) {
      const auto target = std::pair<std::string, std::string>("lrp.rules", rules);
      const auto expected = tests::explain("lrp", whole, {tests::picture_for(whole), {-1}}, {target}).values;
      const auto made =
          tests::explain("lrp", rounded, {tests::picture_for(rounded), {-1}}, {target}).values.to(at::kFloat);
      const auto cosine = (made * expected).sum() / (made.norm() * expected.norm());
      EXPECT_GT(cosine.item<double>(), 0.9) << name << ' ' << rules;
    }
  }
}

}  // namespace
}  // namespace sightline::attribution

#include "models/zoo/model_facts.hpp"

#include <gtest/gtest.h>

#include "models/zoo/registry.hpp"

namespace sightline::models {
namespace {

ModelFacts facts_of_model(const char* name) {
  return facts_of(find_model(name));
}

TEST(ModelFacts, ReadTrainingFromTimmsIds) {
  struct Case {
    const char* id;
    const char* training_data;
    const char* pretraining;
  };
  for (const auto& expected : {Case{"resnet18.tv_in1k", "in1k", ""}, Case{"torchvision_alexnet", "in1k", ""},
                               Case{"vit_base_patch32_224.augreg_in21k_ft_in1k", "in1k", "in21k"},
                               Case{"convnextv2_nano.fcmae_ft_in1k", "in1k", "fcmae"},
                               Case{"convnextv2_nano.fcmae_ft_in22k_in1k", "in1k", "fcmae+in22k"}}) {
    auto spec = find_model("resnet18");
    spec.id = expected.id;
    const auto facts = facts_of(spec);
    EXPECT_EQ(facts.training_data, expected.training_data) << expected.id;
    EXPECT_EQ(facts.pretraining, expected.pretraining) << expected.id;
  }
}

TEST(ModelFacts, SayForEveryModelWhatItWasTrainedOn) {
  for (const auto& spec : all_models()) {
    EXPECT_EQ(facts_of(spec).training_data, "in1k") << spec.id;
  }
}

TEST(ModelFacts, KnowPatches) {
  EXPECT_EQ(facts_of_model("ViT_B_32").patch_size, 32);
  EXPECT_EQ(facts_of_model("deit_tiny_patch16_224").patch_size, 16);
  EXPECT_EQ(facts_of_model("Swin_T").patch_size, 4);
  EXPECT_EQ(facts_of_model("convnext_atto").patch_size, 4);
  for (const char* name : {"ResNet50", "torchvision_alexnet", "DenseNet121", "EfficientNet_B3", "PyramidViT_V2_B2"}) {
    EXPECT_EQ(facts_of_model(name).patch_size, 0) << name;
  }
}

TEST(ModelFacts, CountParameters) {
  EXPECT_EQ(facts_of_model("resnet18.tv_in1k").parameters, 11'689'512);
  EXPECT_EQ(facts_of_model("vit_base_patch32_224").parameters, 88'224'232);
}

}  // namespace
}  // namespace sightline::models

// The registry against timm's configurations, and one small model of every family against timm and pytorch-grad-cam.
// All models: tests/reference/zoo_fixtures_test.cpp.

#include <gtest/gtest.h>

#include "models/registry.hpp"
#include "zoo_fixtures.hpp"

namespace sightline::models {
namespace {

TEST(Zoo, HasFixturesOfEveryModel) {
  for (const auto& spec : all_models()) {
    EXPECT_TRUE(tests::zoo_fixtures()["preprocessing"].contains(spec.id))
        << spec.id << ": run tests/fixtures/make_zoo_fixtures.py";
  }
}

TEST(Zoo, PreprocessingIsTimms) {
  for (const auto& spec : all_models()) {
    const auto& timm = tests::zoo_fixtures()["preprocessing"][spec.id];
    EXPECT_EQ(spec.input_size, timm["input_size"].get<int>()) << spec.id;
    EXPECT_EQ(spec.test_input_size, timm["test_input_size"].get<int>()) << spec.id;
    EXPECT_EQ(spec.crop_pct, timm["crop_pct"].get<double>()) << spec.id;
    EXPECT_EQ(spec.interpolation == images::Interpolation::bilinear ? "bilinear" : "bicubic",
              timm["interpolation"].get<std::string>())
        << spec.id;
    EXPECT_EQ(spec.mean, (timm["mean"].get<std::array<double, 3>>())) << spec.id;
    EXPECT_EQ(spec.std, (timm["std"].get<std::array<double, 3>>())) << spec.id;
  }
}

TEST(Zoo, OneOfEveryFamilyEqualsTimm) {
  for (const char* name : {"resnet18", "mobilenetv3_small_100", "densenet121", "torchvision_alexnet",
                           "vit_tiny_patch16_224", "swin_tiny_patch4_window7_224", "pvt_v2_b0", "convnextv2_atto"}) {
    tests::expect_equal_to_timm(find_model(name));
  }
}

}  // namespace
}  // namespace sightline::models

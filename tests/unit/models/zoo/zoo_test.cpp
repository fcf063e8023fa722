// The registry against timm's configurations, and one small model of every family against timm and pytorch-grad-cam.
// All models: tests/reference/zoo_fixtures_test.cpp.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "formula_image.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"
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

TEST(Zoo, MosaicsOfAnyShapeAreTimms) {
  const auto file = nlohmann::json::parse(base::read_text(SIGHTLINE_TESTS_FOLDER "/fixtures/mosaic_sizes.json"));
  ASSERT_EQ(file["cases"].size(), 18U);
  for (const auto& entry : file["cases"]) {
    const auto& spec = find_model(entry["model"].get<std::string>());
    const auto height = entry["height"].get<std::int64_t>();
    const auto width = entry["width"].get<std::int64_t>();
    SCOPED_TRACE(fmt::format("{} {} x {}", spec.id, height, width));
    const auto source = open_parameters("synthetic:1", spec);
    Model model(spec, *source);
    const auto x = tests::formula_input(0, 448, spec).narrow(2, 0, height).narrow(3, 0, width);
    const auto logits = model.forward(x.contiguous(at::MemoryFormat::ChannelsLast));
    const auto tolerance = 1e-4 * entry["logits_std"].get<double>();
    for (std::int64_t i = 0; i < 16; ++i) {
      EXPECT_NEAR(logits.const_data_ptr<float>()[i], entry["logits"][static_cast<std::size_t>(i)].get<double>(),
                  tolerance);
    }
  }
}

TEST(Zoo, RandomLayersBeginAtTheClassifier) {
  auto spec = find_model("resnet18");
  const auto trained = load_parameters(*open_parameters("synthetic:1", spec), spec);
  const auto count = [&](double share) {
    spec.random_share = share;
    const auto made = load_parameters(*open_parameters("synthetic:1", spec), spec);
    int changed = 0;
    for (const auto& [name, tensor] : made) {
      changed += tensor.equal(trained.at(name)) ? 0 : 1;
    }
    EXPECT_FALSE(made.at("fc.weight").equal(trained.at("fc.weight")));
    return changed;
  };
  EXPECT_EQ(count(1e-6), 2);  // weight and bias of the classifier
  const auto half = count(0.5);
  EXPECT_GT(half, 2);
  EXPECT_LT(half, static_cast<int>(trained.size()) - 10);
  EXPECT_EQ(count(1.0), static_cast<int>(trained.size()));
  EXPECT_EQ(spec.label(), "resnet18.tv_in1k@random=1");
}

}  // namespace
}  // namespace sightline::models

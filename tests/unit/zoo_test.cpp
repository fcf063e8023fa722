// Every model there is against timm and pytorch-grad-cam, through tests/fixtures/zoo.json.

#include <cmath>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "attribution/method.hpp"
#include "formula_image.hpp"
#include "models/registry.hpp"

namespace sightline::models {
namespace {

const nlohmann::json& fixtures() {
  static const auto json = nlohmann::json::parse(std::ifstream(SIGHTLINE_TESTS_FOLDER "/fixtures/zoo.json"));
  return json;
}

double largest(const std::vector<std::vector<double>>& rows) {
  double most = 0.0;
  for (const auto& row : rows) {
    for (const double value : row) {
      most = std::max(most, std::abs(value));
    }
  }
  return most;
}

TEST(ZooFixtures, HoldEveryModel) {
  EXPECT_EQ(fixtures()["models"].size(), all_models().size());
}

TEST(ZooFixtures, PreprocessingIsTimms) {
  for (const auto& spec : all_models()) {
    const auto& timm = fixtures()["models"][spec.id];
    EXPECT_EQ(spec.input_size, timm["input_size"].get<int>()) << spec.id;
    EXPECT_EQ(spec.crop_pct, timm["crop_pct"].get<double>()) << spec.id;
    EXPECT_EQ(spec.interpolation == images::Interpolation::bilinear ? "bilinear" : "bicubic",
              timm["interpolation"].get<std::string>())
        << spec.id;
    EXPECT_EQ(spec.mean, (timm["mean"].get<std::array<double, 3>>())) << spec.id;
    EXPECT_EQ(spec.std, (timm["std"].get<std::array<double, 3>>())) << spec.id;
  }
}

TEST(ZooFixtures, LogitsAndGradCamEqualTimmAndPytorchGradCam) {
  for (const auto& spec : all_models()) {
    SCOPED_TRACE(spec.id);
    const auto& timm = fixtures()["models"][spec.id];
    const auto source = open_parameters("synthetic:1", spec);
    Model model(spec, *source, at::kCPU);
    job::JobConfig job;
    job.fix_corner = false;
    const auto input = tests::formula_input(0, fixtures()["size"].get<int>(), spec);
    const auto result = attribution::find_method("gradcam").make(job, model)->explain(model, {input, {-1}});
    EXPECT_EQ(result.targets.item<std::int64_t>(), timm["argmax"].get<std::int64_t>());
    const auto logits = timm["logits"].get<std::vector<double>>();
    for (std::size_t i = 0; i < logits.size(); ++i) {
      EXPECT_NEAR(result.logits[0][static_cast<std::int64_t>(i)].item<double>(), logits[i],
                  1e-4 * timm["logits_std"].get<double>());
    }
    const auto raw = timm["gradcam_raw"].get<std::vector<std::vector<double>>>();
    // One ReLU6 unit of EfficientNet-Lite's 3 x 3 head that flips by rounding moves the map further than all other
    // rounding; see tests/reference/zoo_test.cpp.
    const double tolerance = (spec.id.find("lite") == std::string::npos ? 1e-3 : 1e-2) * largest(raw);
    for (std::size_t row = 0; row < raw.size(); ++row) {
      for (std::size_t column = 0; column < raw[row].size(); ++column) {
        const auto value =
            result.values[0][static_cast<std::int64_t>(row)][static_cast<std::int64_t>(column)].item<double>();
        EXPECT_NEAR(value, raw[row][column], tolerance);
      }
    }
  }
}

}  // namespace
}  // namespace sightline::models

// Every model of the families here against timm and pytorch-grad-cam, through shared/reference/zoo.h5 and zoo_manifest.

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include <ATen/ops/cat.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "attribution/method.hpp"
#include "comparison/grid_map.hpp"
#include "formula_image.hpp"
#include "models/registry.hpp"
#include "shared_folder.hpp"
#include "store/hdf5.hpp"

namespace sightline::tests {
namespace {

/// The largest deviation, as a share of the reference's standard deviation.
double relative_to_spread(const std::vector<float>& got, const std::vector<float>& expected) {
  double mean = 0.0;
  double square = 0.0;
  double worst = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    mean += expected[i];
    square += double{expected[i]} * expected[i];
    worst = std::max(worst, std::abs(double{got[i]} - expected[i]));
  }
  const auto n = static_cast<double>(expected.size());
  return worst / std::sqrt(square / n - mean * mean / n / n);
}

double largest(const std::vector<float>& values) {
  double most = 0.0;
  for (const float value : values) {
    most = std::max(most, std::abs(double{value}));
  }
  return most;
}

double worst_difference(const std::vector<float>& got, const std::vector<float>& expected) {
  double worst = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::abs(double{got[i]} - expected[i]));
  }
  return worst;
}

std::vector<float> to_vector(const at::Tensor& tensor) {
  const auto flat = tensor.contiguous();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

class Zoo : public testing::TestWithParam<std::string> {
 protected:
  /// Compares logits and Grad-CAM at one input size with the group's datasets.
  void compare(const store::File& file, const std::string& group, models::Model& model, int size, const job::JobConfig& job) {
    const auto inputs = at::cat({formula_input(0, size, model.spec()), formula_input(1, size, model.spec())});
    const auto method = attribution::find_method("gradcam").make(job, model);
    const auto result = method->explain(model, {inputs, {-1, -1}});
    const auto logits = file.dataset(group + "/logits").read<float>();
    EXPECT_LT(relative_to_spread(to_vector(result.logits), logits), 1e-4);
    const auto raw = file.dataset(group + "/gradcam_raw").read<float>();
    const auto values = to_vector(result.values);
    ASSERT_EQ(values.size(), raw.size());
    EXPECT_LT(worst_difference(values, raw), 1e-3 * largest(raw));
    if (file.exists(group + "/gradcam_native")) {
      compare_readings(file, group, result.values);
    }
  }

  void compare_readings(const store::File& file, const std::string& group, const at::Tensor& values) {
    const auto rows = values.size(1);
    const auto columns = values.size(2);
    std::vector<float> native;
    for (int image = 0; image < 2; ++image) {
      const auto map = comparison::native_gradcam(to_vector(values[image]), rows, columns);
      native.insert(native.end(), map.values.begin(), map.values.end());
    }
    EXPECT_LT(worst_difference(native, file.dataset(group + "/gradcam_native").read<float>()), 1e-3);
    const auto up = file.dataset(group + "/gradcam_up0");
    const auto pixels = comparison::gradcam_pixels(to_vector(values[0]), rows, columns, static_cast<std::int64_t>(up.extent()[0]));
    EXPECT_LT(worst_difference(pixels, up.read<float>()), 1e-3);
  }
};

TEST_P(Zoo, NamesAndShapesAreTimms) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  const auto manifest = nlohmann::json::parse(std::ifstream(shared / "reference/zoo_manifest" / (GetParam() + ".json")));
  std::set<std::pair<std::string, std::vector<std::int64_t>>> expected;
  for (const auto& tensor : manifest.at("tensors")) {
    const auto name = tensor.at("name").get<std::string>();
    if (!name.ends_with("num_batches_tracked")) {
      expected.emplace(name, tensor.at("shape").get<std::vector<std::int64_t>>());
    }
  }
  std::set<std::pair<std::string, std::vector<std::int64_t>>> got;
  for (const auto& fact : models::parameter_facts(models::find_model(GetParam()))) {
    got.emplace(fact.name, fact.shape);
  }
  EXPECT_EQ(got, expected);
}

TEST_P(Zoo, LogitsAndGradCamEqualTimmAndPytorchGradCam) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  const auto file = store::File::open_to_read(shared / "reference/zoo.h5");
  const auto& spec = models::find_model(GetParam());
  const auto root = "/" + spec.id;
  const auto source = models::open_parameters("synthetic:1", spec);
  models::Model model(spec, *source, at::kCPU);
  EXPECT_EQ(file.integer_attribute(root, "cfg_input_size"), spec.input_size);
  EXPECT_EQ(file.integer_attribute(root, "cfg_test_input_size"), spec.test_input_size);
  EXPECT_EQ(file.text_attribute(root, "gradcam_target_layer"), spec.gradcam_layer);
  EXPECT_NEAR(file.numbers_attribute(root, "crop_pct")[0], spec.crop_pct, 1e-12);

  job::JobConfig job;
  job.fix_corner = false;
  compare(file, root, model, spec.input_size, job);
  if (file.exists(root + "/at224")) {
    compare(file, root + "/at224", model, 224, job);
  }
  if (spec.fix_corner) {
    job.fix_corner.reset();
    const auto inputs = at::cat({formula_input(0, 224, spec), formula_input(1, 224, spec)});
    const auto result = attribution::find_method("gradcam").make(job, model)->explain(model, {inputs, {-1, -1}});
    const auto raw = file.dataset(root + "/at224/fixed_readout_only/gradcam_raw").read<float>();
    EXPECT_LT(worst_difference(to_vector(result.values), raw), 1e-3 * largest(raw));
  }
}

std::vector<std::string> models_in_reference() {
  return {"resnet18.tv_in1k",          "resnet18d.ra2_in1k",         "resnet50.a1_in1k",           "resnet50d.ra2_in1k",
          "resnext50_32x4d.a1h_in1k",  "res2net50_14w_8s.in1k",      "efficientnet_b3.ra2_in1k",   "efficientnet_b4.ra2_in1k",
          "mobilenetv3_large_100.ra_in1k", "tf_efficientnet_lite0.in1k", "tf_efficientnet_lite1.in1k", "tf_efficientnet_lite2.in1k"};
}

INSTANTIATE_TEST_SUITE_P(Models, Zoo, testing::ValuesIn(models_in_reference()), [](const auto& parameter) {
  std::string name = parameter.param;
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace sightline::tests

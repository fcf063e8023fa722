// Every model of the families here against timm and pytorch-grad-cam, through shared/reference/zoo.h5 and zoo_manifest.

#include <algorithm>
#include <cmath>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <gtest/gtest.h>

#include "attribution/method.hpp"
#include "attribution/methods/registry.hpp"
#include "comparison/grid_map.hpp"
#include "formula_image.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"
#include "read_json.hpp"
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

/// The two images of the file's seed.
at::Tensor reference_images(const store::File& file, int size, const models::ModelSpec& spec) {
  const auto ids = file.numbers_attribute("/", "image_ids");
  return at::cat(
      {formula_input(static_cast<int>(ids[0]), size, spec), formula_input(static_cast<int>(ids[1]), size, spec)});
}

/// How far a Grad-CAM may move because of ReLU6 units whose input lies within rounding of a kink, per cell of the map.
///
/// EfficientNet-Lite's target layer is followed by BatchNorm and ReLU6. Where the input of ReLU6 is nearer to 0 or 6
/// than activations are known (1e-4 of their spread, the reference's own tolerance), its slope is 0 or 1 by luck: timm
/// in float32 differs from timm in float64 there too, by up to 1.1e-3 of the map on these images. Each such unit moves
/// its channel's weight by fc * scale / P^2, P cells, and the map by that times the activation.
std::vector<float> kink_allowance(models::Model& model, const at::Tensor& inputs, const at::Tensor& targets,
                                  std::int64_t seed) {
  const auto& spec = model.spec();
  models::Pass pass({"conv_head"});
  model.forward(inputs, pass);
  const at::NoGradGuard no_gradients;
  const auto activation = pass.activation("conv_head").detach().to(at::kDouble);
  const auto channels = activation.size(1);
  const auto cells = static_cast<double>(activation.size(2) * activation.size(3));
  const auto source = models::open_parameters("synthetic:" + std::to_string(seed), spec);
  const auto take = [&](const char* name) {
    return source->take(std::string("bn2.") + name, {channels}, {}).to(at::kDouble);
  };
  const auto scale = take("weight") / (take("running_var") + 1e-3).sqrt();
  const auto shift = take("bias") - take("running_mean") * scale;
  const auto wide = [](const at::Tensor& values) { return values.view({1, -1, 1, 1}); };
  const auto z = activation * wide(scale) + wide(shift);
  const auto blur = activation.std() * 1e-4 * wide(scale.abs());
  const auto near_kink = z.abs().lt(blur).logical_or((z - 6.0).abs().lt(blur)).sum({2, 3}).to(at::kDouble);
  const auto rows = source->take("classifier.weight", {1000, channels}, {}).to(at::kDouble).index_select(0, targets);
  const auto weight_moves = near_kink * (rows * scale).abs() / (cells * cells);
  return to_vector((weight_moves.view({-1, channels, 1, 1}) * activation.abs()).sum(1).to(at::kFloat));
}

/// The largest excess of |got - expected| over the allowance.
double worst_excess(const std::vector<float>& got, const std::vector<float>& expected,
                    const std::vector<float>& allowance) {
  double worst = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::abs(double{got[i]} - expected[i]) - allowance[i]);
  }
  return worst;
}

class Zoo : public testing::TestWithParam<std::string> {
 protected:
  /// Compares logits and Grad-CAM at one input size with the group's datasets.
  void compare(const store::File& file, const std::string& group, models::Model& model, int size,
               const job::JobConfig& job) {
    SCOPED_TRACE(group);
    const auto inputs = reference_images(file, size, model.spec());
    const auto method = attribution::find_method("gradcam").make(job, model);
    const auto result = attribution::explain_alone(*method, model, {inputs, {-1, -1}});
    const auto logits = file.dataset(group + "/logits").read<float>();
    EXPECT_LT(relative_to_spread(to_vector(result.logits), logits), 1e-4);
    const auto raw = file.dataset(group + "/gradcam_raw").read<float>();
    const auto values = to_vector(result.values);
    ASSERT_EQ(values.size(), raw.size());
    std::vector<float> allowance(raw.size(), 0.0F);
    if (has_relu6_head(model)) {
      allowance = kink_allowance(model, inputs, result.targets, file.integer_attribute("/", "seed"));
      EXPECT_LT(largest(allowance), 2e-2 * largest(raw));
    }
    EXPECT_LT(worst_excess(values, raw, allowance), 1e-3 * largest(raw));
    compare_readings(file, group, result.values, 1e-3 + 2.0 * largest(allowance) / positive_range(raw));
    const auto plus = attribution::explain_alone(*attribution::find_method("gradcampp").make(job, model), model,
                                                 {inputs, {-1, -1}}, job);
    const auto expected = file.dataset(group + "/gradcampp_raw").read<float>();
    // Grad-CAM++ weighs the same gradients: kinks move it about as far.
    const double tolerance = 1e-3 + 2.0 * largest(allowance) / largest(raw);
    EXPECT_LT(worst_difference(to_vector(plus.values), expected), tolerance * largest(expected));
    const auto native = file.dataset(group + "/gradcampp_native").read<float>();
    EXPECT_LT(worst_difference(native_maps(plus.values), native),
              1e-3 + 4.0 * largest(allowance) / positive_range(raw));
  }

  static bool has_relu6_head(const models::Model& model) {
    return model.spec().id.rfind("tf_efficientnet_lite", 0) == 0;
  }

  /// The smaller of the two images' ranges of positive values: what scaling to [0, 1] divides by.
  static double positive_range(const std::vector<float>& raw) {
    const auto half = raw.size() / 2;
    double least = 1e30;
    for (const auto first : {std::size_t{0}, half}) {
      const auto [low, high] = std::minmax_element(raw.begin() + static_cast<std::ptrdiff_t>(first),
                                                   raw.begin() + static_cast<std::ptrdiff_t>(first + half));
      least = std::min(least, std::max(0.0, double{*high}) - std::max(0.0, double{*low}));
    }
    return std::max(least, 1e-30);
  }

  /// Every map as pytorch-grad-cam scales it before resizing.
  static std::vector<float> native_maps(const at::Tensor& values) {
    std::vector<float> native;
    for (std::int64_t image = 0; image < values.size(0); ++image) {
      const auto map = comparison::native_gradcam(to_vector(values[image]), values.size(1), values.size(2));
      native.insert(native.end(), map.values.begin(), map.values.end());
    }
    return native;
  }

  void compare_readings(const store::File& file, const std::string& group, const at::Tensor& values, double tolerance) {
    const auto rows = values.size(1);
    const auto columns = values.size(2);
    EXPECT_LT(worst_difference(native_maps(values), file.dataset(group + "/gradcam_native").read<float>()), tolerance);
    const auto up = file.dataset(group + "/gradcam_up0");
    const auto pixels =
        comparison::gradcam_pixels(to_vector(values[0]), rows, columns, static_cast<std::int64_t>(up.extent()[0]));
    EXPECT_LT(worst_difference(pixels, up.read<float>()), tolerance);
  }
};

TEST_P(Zoo, NamesAndShapesAreTimms) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  const auto manifest = tests::read_json(shared / "reference/zoo_manifest" / (GetParam() + ".json"));
  std::set<std::pair<std::string, std::vector<std::int64_t>>> expected;
  for (const auto& tensor : manifest.at("tensors")) {
    const auto name = tensor.at("name").get<std::string>();
    if (!name.ends_with("num_batches_tracked")) {
      expected.emplace(name, tensor.at("shape").get<std::vector<std::int64_t>>());
    }
  }
  std::set<std::pair<std::string, std::vector<std::int64_t>>> got;
  for (const auto& fact : models::list_parameters(models::find_model(GetParam())).parameters) {
    got.emplace(fact.name, fact.shape);
  }
  EXPECT_EQ(got, expected);
}

TEST_P(Zoo, SyntheticWeightsAreTheManifests) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  const auto manifest = tests::read_json(shared / "reference/zoo_manifest" / (GetParam() + ".json"));
  const auto source = models::synthetic_parameters(manifest.at("seed").get<std::uint64_t>(),
                                                   {manifest.at("gain_conv"), manifest.at("gain_linear")});
  for (const auto& tensor : manifest.at("tensors")) {
    const auto name = tensor.at("name").get<std::string>();
    if (name.ends_with("num_batches_tracked")) {
      continue;
    }
    const auto values = to_vector(source->take(name, tensor.at("shape").get<std::vector<std::int64_t>>(), {}));
    double sum = 0.0;
    for (const float value : values) {
      sum += value;
    }
    const auto first = tensor.at("first").get<std::vector<float>>();
    EXPECT_TRUE(std::equal(first.begin(), first.end(), values.begin())) << name;
    EXPECT_EQ(values.back(), tensor.at("last").get<float>()) << name;
    EXPECT_NEAR(sum, tensor.at("sum").get<double>(), 1e-9 * static_cast<double>(values.size())) << name;
  }
}

TEST_P(Zoo, LogitsAndGradCamEqualTimmAndPytorchGradCam) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  const auto file = store::File::open_to_read(shared / "reference/zoo.h5");
  const auto& spec = models::find_model(GetParam());
  const auto root = "/" + spec.id;
  const auto source = models::open_parameters("synthetic:" + std::to_string(file.integer_attribute("/", "seed")), spec);
  models::Model model(spec, *source);
  EXPECT_EQ(file.integer_attribute(root, "cfg_input_size"), spec.input_size);
  EXPECT_EQ(file.integer_attribute(root, "cfg_test_input_size"), spec.test_input_size);
  EXPECT_EQ(file.text_attribute(root, "gradcam_target_layer"), spec.gradcam_layer);
  EXPECT_NEAR(file.numbers_attribute(root, "crop_pct")[0], spec.crop_pct, 1e-12);

  EXPECT_EQ(file.numbers_attribute(root, "native_grid")[0], spec.gradcam_grid);

  job::JobConfig job;
  job.explain.fix_corner = false;
  compare(file, root, model, spec.input_size, job);
  if (file.exists(root + "/at224")) {
    compare(file, root + "/at224", model, 224, job);
  }
  if (spec.fix_corner) {
    job.explain.fix_corner.reset();
    const auto inputs = reference_images(file, 224, spec);
    const auto result = attribution::explain_alone(*attribution::find_method("gradcam").make(job, model), model,
                                                   {inputs, {-1, -1}}, job);
    const auto raw = file.dataset(root + "/at224/fixed_readout_only/gradcam_raw").read<float>();
    EXPECT_LT(worst_difference(to_vector(result.values), raw), 1e-3 * largest(raw));
  }
}

std::vector<std::string> models_in_reference() {
  return {"convnextv2_nano.fcmae_ft_in22k_in1k",
          "deit_small_patch16_224.fb_in1k",
          "deit_tiny_patch16_224.fb_in1k",
          "densenet121.tv_in1k",
          "efficientnet_b3.ra2_in1k",
          "efficientnet_b4.ra2_in1k",
          "mobilenetv3_large_100.ra_in1k",
          "pvt_v2_b2.in1k",
          "res2net50_14w_8s.in1k",
          "resnet18.tv_in1k",
          "resnet18d.ra2_in1k",
          "resnet50.a1_in1k",
          "resnet50d.ra2_in1k",
          "resnext50_32x4d.a1h_in1k",
          "swin_tiny_patch4_window7_224.ms_in1k",
          "tf_efficientnet_lite0.in1k",
          "tf_efficientnet_lite1.in1k",
          "tf_efficientnet_lite2.in1k",
          "torchvision_alexnet",
          "torchvision_vgg16",
          "vgg16.tv_in1k",
          "vit_base_patch16_224.augreg_in1k",
          "vit_base_patch32_224.augreg_in21k_ft_in1k"};
}

INSTANTIATE_TEST_SUITE_P(Models, Zoo, testing::ValuesIn(models_in_reference()), [](const auto& parameter) {
  std::string name = parameter.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace sightline::tests

// Axioms of the attribution methods on small models with formula weights. Parity with public libraries is in
// tests/reference.

#include <cmath>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/nan_to_num.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "attribution/coalitions/least_squares.hpp"
#include "attribution/coalitions/shapley_process.hpp"
#include "attribution/coalitions/shapley_regression.hpp"
#include "attribution/method.hpp"
#include "attribution/methods/registry.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "coalition_game.hpp"
#include "formula_image.hpp"
#include "job_with.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"

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

std::unique_ptr<models::Model> synthetic(const std::string& name, bool with_biases = true) {
  const auto& spec = models::find_model(name);
  auto source = models::open_parameters("synthetic:4", spec);
  if (with_biases) {
    return std::make_unique<models::Model>(spec, *source);
  }
  WithoutBiases without(std::move(source));
  return std::make_unique<models::Model>(spec, without);
}

Explanation explain(const std::string& method, models::Model& model, const Batch& batch,
                    const std::map<std::string, std::string>& parameters = {}) {
  const auto job = tests::job_with(parameters);
  return explain_alone(*find_method(method).make(job, model), model, batch, job);
}

double target_logit(const Explanation& made, std::int64_t image = 0) {
  return made.logits[image][made.targets[image].item<std::int64_t>()].item<double>();
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

at::Tensor image_for(const models::Model& model, int k = 0) {
  return tests::formula_input(k, model.spec().fixed_size ? 224 : 64, model.spec());
}

TEST(IntegratedGradients, AreComplete) {
  for (const char* name : {"resnet18d", "convnextv2_atto", "deit_tiny_patch16_224"}) {
    const auto model = synthetic(name);
    const auto x = image_for(*model);
    const auto made = explain("integratedgradients", *model, {x, {-1}}, {{"integratedgradients.steps", "auto"}});
    const double blank = model->forward(x * 0.0)[0][made.targets.item<std::int64_t>()].item<double>();
    const double change = target_logit(made) - blank;
    const double missed = made.values.sum(at::kDouble).item<double>() - change;
    EXPECT_LT(std::abs(missed), 0.02 * std::abs(change)) << name;
    EXPECT_NEAR(made.details.at("convergence_delta").item<double>(), missed, 1e-3 * std::abs(change)) << name;
  }
}

TEST(KernelShap, SharesOutTheWholeChangeForEverySampling) {
  const auto model = synthetic("resnet18d");
  const auto x = image_for(*model);
  for (const std::string sampling : {"paired", "captum"}) {
    const auto made =
        explain("kernelshap", *model, {x, {-1}},
                {{"kernelshap.features", "grid:3x3"}, {"kernelshap.samples", "60"}, {"kernelshap.sampling", sampling}});
    const double change = target_logit(made) - made.details.at("empty_output").item<double>();
    EXPECT_NEAR(made.values.sum(at::kDouble).item<double>(), change, 1e-4 * std::abs(change)) << sampling;
  }
}

TEST(KernelShap, StopsWhereTheErrorIsWanted) {
  const auto model = synthetic("resnet18d");
  const auto made = explain("kernelshap", *model, {image_for(*model), {-1}},
                            {{"kernelshap.features", "grid:2x4"}, {"kernelshap.samples", "auto"}});
  EXPECT_EQ(made.details.at("evaluations").item<double>(), 128.0);  // of 256 coalitions; enough for 8 features
  const auto largest = made.values.abs().max().item<double>();
  EXPECT_LE(made.details.at("standard_error").max().item<double>(), 0.05 * largest);
}

/// A game that only some features play; 0 and 1 are alike, the last does nothing.
double game(const Eigen::RowVectorXd& row) {
  return 2.0 * row[0] * row[1] + std::max(row[2], row[3]) - 0.5 * row[0] * row[1] * row[3];
}

TEST(ShapleyRegression, IsSymmetricAndGivesADummyNothing) {
  constexpr std::int64_t features = 7;
  for (const std::int64_t evaluations : {40, 128, 200}) {
    const auto pairs = draw_pairs({"axioms", 3}, features, evaluations);
    EXPECT_LE(pairs.evaluations(), std::min<std::int64_t>(evaluations, 128));
    const auto played = tests::play(pairs, game);
    const auto estimate = solve_pairs(pairs, played.outputs, played.complements, 0.0, 2.5);
    EXPECT_NEAR(estimate.values.sum(), 2.5, 1e-12);
    if (evaluations >= 128) {  // every coalition is there
      EXPECT_NEAR(estimate.values[0], estimate.values[1], 1e-12);
      EXPECT_NEAR(estimate.values[6], 0.0, 1e-12);
      EXPECT_NEAR(estimate.values[0], 1.0 - 0.5 / 3.0, 1e-12);
      EXPECT_NEAR(estimate.standard_errors.maxCoeff(), 0.0, 1e-12);
    } else {
      EXPECT_GT(estimate.standard_errors.maxCoeff(), 0.0);
    }
  }
}

TEST(ShapleyProcess, LearnsASmoothGameFromFewPairs) {
  constexpr std::int64_t features = 7;
  for (const std::int64_t evaluations : {4, 40, 80}) {
    const auto pairs = draw_pairs({"axioms", 3}, features, evaluations);
    const auto played = tests::play(pairs, game);
    const auto estimate = fit_process(pairs, played.outputs, played.complements, 0.0, 2.5);
    EXPECT_NEAR(estimate.values.sum(), 2.5, 1e-12);
    EXPECT_GT(estimate.standard_errors.minCoeff(), 0.0);
    if (evaluations == 80) {
      EXPECT_NEAR(estimate.values[0], 1.0 - 0.5 / 3.0, 0.02);
      EXPECT_NEAR(estimate.values[1], 1.0 - 0.5 / 3.0, 0.02);
      EXPECT_NEAR(estimate.values[6], 0.0, 0.02);
    }
  }
  const auto pairs = draw_pairs({"axioms", 3}, 60, 100);  // degrees above 9 count as independent
  const Vector size = pairs.rows.rowwise().sum();
  const auto additive = fit_process(pairs, size, 60.0 - size.array(), 0.0, 60.0);
  EXPECT_NEAR((additive.values.array() - 1.0).abs().maxCoeff(), 0.0, 1e-3);
  const Vector nothing = Vector::Zero(pairs.rows.rows());
  EXPECT_EQ(fit_process(pairs, nothing, nothing, 0.0, 0.0).values, Vector(Vector::Zero(60)));
}

TEST(ShapleyRegression, DrawsEveryPairOnce) {
  for (const std::int64_t features : {2, 3, 5, 49, 200}) {
    const auto pairs = draw_pairs({"once", 1}, features, 100);
    std::set<std::vector<double>> seen;
    for (Eigen::Index i = 0; i < pairs.rows.rows(); ++i) {
      const Eigen::RowVectorXd row = pairs.rows.row(i);
      const Eigen::RowVectorXd complement = 1.0 - row.array();
      EXPECT_TRUE(seen.insert({row.begin(), row.end()}).second);
      EXPECT_TRUE(seen.insert({complement.begin(), complement.end()}).second);
    }
    EXPECT_EQ(seen.count(std::vector<double>(static_cast<std::size_t>(features), 0.0)), 0U);
  }
}

TEST(ShapleyRegression, TakesMoreFeaturesThanADoubleCanCountCoalitionsOf) {
  constexpr std::int64_t features = 1100;
  const auto pairs = draw_pairs({"many", 1}, features, 300);
  const Vector worth = Vector::LinSpaced(features, 0.0, 1.0);
  const Vector outputs = pairs.rows * worth;
  const auto made = solve_pairs(pairs, outputs, worth.sum() - outputs.array(), 0.0, worth.sum());
  EXPECT_TRUE(made.values.allFinite());
  EXPECT_TRUE(made.standard_errors.allFinite());
  EXPECT_NEAR(made.values.sum(), worth.sum(), 1e-9 * worth.sum());
}

TEST(ShapleyValueSampling, IsEfficient) {
  const auto model = synthetic("convnextv2_atto");
  const auto x = image_for(*model);
  const auto made = explain("shapleyvaluesampling", *model, {x, {-1}},
                            {{"shapleyvaluesampling.features", "grid:2x3"}, {"shapleyvaluesampling.samples", "3"}});
  const double blank = model->forward(x * 0.0)[0][made.targets.item<std::int64_t>()].item<double>();
  EXPECT_NEAR(made.values.sum(at::kDouble).item<double>(), target_logit(made) - blank, 1e-3);
}

TEST(Lrp, ConservesRelevanceWithoutBiases) {
  for (const char* name : {"torchvision_vgg11", "resnet18.tv_in1k"}) {
    const auto model = synthetic(name, /*with_biases=*/false);
    for (const std::string rules : {"epsilon_plus_flat", "zplus_all"}) {
      const auto made = explain("lrp", *model, {image_for(*model), {-1}}, {{"lrp.rules", rules}});
      EXPECT_NEAR(made.values.sum(at::kDouble).item<double>() / target_logit(made), 1.0, 1e-2) << name << ' ' << rules;
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
      const auto expected = explain("lrp", whole, {image_for(whole), {-1}}, {target}).values;
      const auto made = explain("lrp", rounded, {image_for(rounded), {-1}}, {target}).values.to(at::kFloat);
      const auto cosine = (made * expected).sum() / (made.norm() * expected.norm());
      EXPECT_GT(cosine.item<double>(), 0.9) << name << ' ' << rules;
    }
  }
}

TEST(DeepLift, IsComplete) {
  for (const char* name : {"torchvision_vgg11", "resnet18d", "densenet121", "tf_efficientnet_lite0"}) {
    const auto model = synthetic(name);
    const auto made = explain("deeplift", *model, {image_for(*model), {-1}});
    EXPECT_LT(std::abs(made.details.at("convergence_delta").item<double>()), 1e-2 * std::abs(target_logit(made)))
        << name;
  }
}

TEST(Methods, SayWhyTheyDoNotFit) {
  const auto resnet = synthetic("resnet18d");
  const auto swin = synthetic("swin_tiny_patch4_window7_224");
  EXPECT_THROW(find_method("attentionrollout").make({}, *resnet), DoesNotFit);
  EXPECT_THROW(find_method("chefer").make({}, *swin), DoesNotFit);
  EXPECT_THROW(find_method("guidedbackprop").make({}, *swin), DoesNotFit);
  EXPECT_THROW(find_method("deeplift").make({}, *swin), DoesNotFit);
  EXPECT_THROW(find_method("lrp").make(tests::job_with({{"lrp.rules", "focus"}}), *swin), DoesNotFit);
  EXPECT_EQ(find_method("lrp").make({}, *swin)->parameters().at("rules"), "attnlrp");
  EXPECT_EQ(find_method("lrp").make({}, *resnet)->parameters().at("rules"), "focus");
  EXPECT_EQ(find_method("lrp").make({}, *synthetic("tf_efficientnet_lite0"))->parameters().at("rules"),
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
  const auto resnet = synthetic("resnet18.tv_in1k");
  const auto deit = synthetic("deit_tiny_patch16_224");
  for (const auto& spec : all_methods()) {
    if (spec.name == "scorecam") {
      continue;  // a pass for each of 512 channels: below, on a small layer
    }
    const bool attention = spec.name == "attentionrollout" || spec.name == "chefer";
    auto& model = attention ? *deit : *resnet;
    const Batch together{
        at::cat({image_for(model, 0), image_for(model, 1), image_for(model, 2)}), {-1, -1, -1}, {"a", "b", "c"}};
    const auto all = explain(spec.name, model, together, few);
    EXPECT_EQ(all.values.scalar_type(), at::kFloat) << spec.name;
    for (const int k : {0, 2}) {
      const auto alone = explain(spec.name, model, {image_for(model, k), {-1}, {k == 0 ? "a" : "c"}}, few);
      EXPECT_LT(distance(all.values[k], alone.values[0]), 2e-3) << spec.name << ' ' << k;
    }
  }
}

TEST(Methods, MakeTheShapeTheyAnnounceAndRepeatTheirBits) {
  const auto model = synthetic("resnet18.tv_in1k");
  for (const auto& spec : all_methods()) {
    if (spec.name == "scorecam" || spec.name == "attentionrollout" || spec.name == "chefer") {
      continue;
    }
    const auto job = tests::job_with(few);
    const auto method = spec.make(job, *model);
    const Batch batch{image_for(*model), {-1}, {"a"}};
    const auto first = explain_alone(*method, *model, batch, job);
    const auto second = explain_alone(*method, *model, batch, job);
    Subject subject(*model, batch, {{}, method->layers(), method->watched()});
    EXPECT_EQ(first.values[0].sizes().vec(), method->shape(subject)) << spec.name;
    EXPECT_EQ(method->kind(), spec.kind) << spec.name;
    EXPECT_EQ(first.details.size(), method->details().size()) << spec.name;
    EXPECT_TRUE(first.values.nan_to_num().equal(second.values.nan_to_num())) << spec.name;
  }
}

TEST(ScoreCam, WeighsAChannelByTheScoreOfWhatItShows) {
  const auto model = synthetic("resnet18.tv_in1k");
  job::JobConfig job;
  job.explain.gradcam_layer = "layer1.0";  // 64 channels
  const auto method = find_method("scorecam").make(job, *model);
  const auto made = explain_alone(*method, *model, {image_for(*model), {-1}}, job);
  EXPECT_EQ(made.values.sizes(), (std::vector<std::int64_t>{1, 16, 16}));
  EXPECT_GT(made.values.min().item<double>(), -1e-6);  // weights of a softmax, activations of a ReLU
}

TEST(Subject, SharesOnePassBetweenLayers) {
  const auto model = synthetic("resnet18d");
  const Batch batch{image_for(*model), {-1}};
  Subject both(*model, batch, {{}, {"layer2.1", "layer4.1"}});
  for (const char* layer : {"layer2.1", "layer4.1"}) {
    Subject alone(*model, batch, {{}, {layer}});
    EXPECT_LT(distance(both.layer(layer).gradient, alone.layer(layer).gradient), 1e-4) << layer;
    EXPECT_LT(distance(both.layer(layer).activation, alone.layer(layer).activation), 1e-4) << layer;
  }
}

TEST(Occlusion, RefusesGapsBetweenWindows) {
  const auto model = synthetic("resnet18d");
  EXPECT_THROW(explain("occlusion", *model, {image_for(*model), {-1}}, {{"occlusion.stride", "64"}}), base::Error);
}

TEST(Superpixels, AreConnectedNumberedAndFewerThanAnnounced) {
  images::Image image{60, 40, std::vector<std::uint8_t>(60 * 40 * 3)};
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    image.rgb[i] = static_cast<std::uint8_t>((i * i / 700 + i % 180) % 256);
  }
  for (const std::int64_t segments : {4, 20, 100}) {
    const SuperpixelRule rule{segments};
    const auto made = slic(image, segments);
    EXPECT_LE(made.count, rule.max_count(40, 60));
    EXPECT_EQ(made.labels.max().item<std::int64_t>() + 1, made.count);
    EXPECT_EQ(made.labels.min().item<std::int64_t>(), 0);
  }
  EXPECT_EQ(SuperpixelRule::parse("slic:50").key(224, 224, ""), "slic50-224");
  EXPECT_EQ(SuperpixelRule::parse("slic:50").key(224, 448, "crop0.9-bicubic"), "slic50-224x448-crop0.9-bicubic");
  EXPECT_EQ(SuperpixelRule::parse("grid:7x4").key(224, 224, "crop0.9-bicubic"), "grid7x4-224") << "whatever it shows";
  EXPECT_EQ(SuperpixelRule::parse("grid:7x4").max_count(224, 224), 28);
  for (const char* wrong : {"", "slic", "slic:1", "grid:7", "grid:0x2", "quickshift:4"}) {
    EXPECT_THROW(SuperpixelRule::parse(wrong), base::Error) << wrong;
  }
}

/// The picture of make_superpixel_fixtures.py.
images::Image fixture_picture(int width, int height) {
  images::Image image{width, height, {}};
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      const int down = row - height / 3;
      const int right = column - width / 2;
      const int disc = down * down + right * right < (height / 4) * (height / 4) ? 90 : 0;
      const int stripes = column * 5 / width % 2 * 60;
      const int texture = (row * 7 + column * 13 + row * column) % 23;
      for (const int value : {40 + disc + texture, 60 + stripes + texture, 200 - disc - stripes + texture}) {
        image.rgb.push_back(static_cast<std::uint8_t>(value));
      }
    }
  }
  return image;
}

TEST(Superpixels, AreScikitImages) {
  const auto cases = nlohmann::json::parse(base::read_text(SIGHTLINE_TESTS_FOLDER "/fixtures/superpixels.json"));
  for (const auto& each : cases) {
    const auto made = slic(fixture_picture(each["width"], each["height"]), each["segments"]).labels;
    const auto* labels = made.const_data_ptr<std::int64_t>();
    EXPECT_EQ(std::vector<std::int64_t>(labels, labels + made.numel()), each["labels"].get<std::vector<std::int64_t>>())
        << each["width"] << " x " << each["height"] << ", " << each["segments"];
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

// Attribution methods against Captum, zennit, lime and the published code, through shared/reference/methods.h5. What is
// compared and how closely is in shared/reference/README.md.

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "attribution/coalitions/least_squares.hpp"
#include "attribution/coalitions/shapley_process.hpp"
#include "attribution/method.hpp"
#include "attribution/methods/registry.hpp"
#include "coalition_game.hpp"
#include "formula_image.hpp"
#include "job_with.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"
#include "shared_folder.hpp"
#include "store/hdf5.hpp"

namespace sightline::tests {
namespace {

using attribution::Matrix;
using attribution::Vector;

at::Tensor dataset(const store::File& file, const std::string& path) {
  const auto data = file.dataset(path);
  const auto values = data.read<double>();
  const auto& extent = data.extent();
  return at::tensor(values, at::kDouble).view(std::vector<std::int64_t>(extent.begin(), extent.end()));
}

Vector vector(const store::File& file, const std::string& path) {
  const auto values = file.dataset(path).read<double>();
  return Eigen::Map<const Vector>(values.data(), static_cast<Eigen::Index>(values.size()));
}

Matrix matrix(const store::File& file, const std::string& path) {
  const auto data = file.dataset(path);
  const auto values = data.read<double>();
  return Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      values.data(), static_cast<Eigen::Index>(data.extent()[0]), static_cast<Eigen::Index>(data.extent()[1]));
}

double relative_l2(const at::Tensor& got, const at::Tensor& expected) {
  const auto a = got.to(at::kDouble).reshape(expected.sizes());
  return ((a - expected).norm() / expected.norm()).item<double>();
}

/// A model of the file with its seed's weights and first image.
class Case {
 public:
  explicit Case(const std::string& id) : spec_(models::find_model(id)), seed_(file().integer_attribute("/", "seed")) {
    const auto source = models::open_parameters("synthetic:" + std::to_string(seed_), spec_);
    model_ = std::make_unique<models::Model>(spec_, *source);
    input_ = formula_input(static_cast<int>(file().integer_attribute("/", "image_id")), 224, spec_);
  }

  static const store::File& file() {
    static const auto opened = store::File::open_to_read(shared_folder() / "reference" / "methods.h5");
    return opened;
  }

  attribution::Explanation explain(const std::string& method, const std::map<std::string, std::string>& parameters) {
    auto job = tests::job_with(parameters);
    job.seed = static_cast<std::uint64_t>(seed_);
    const auto made = attribution::find_method(method).make(job, *model_);
    return attribution::explain_alone(*made, *model_, {input_, {-1}}, job);
  }

 private:
  const models::ModelSpec& spec_;
  std::int64_t seed_;
  std::unique_ptr<models::Model> model_;
  at::Tensor input_;
};

class Methods : public testing::Test {
 protected:
  void SetUp() override { SIGHTLINE_REQUIRE_SHARED(shared); }
};

struct GradientCase {
  std::string id;
  double limit;  ///< relative L2
};

class Gradients : public Methods, public testing::WithParamInterface<GradientCase> {};

TEST_P(Gradients, EqualCaptum) {
  Case model(GetParam().id);
  const auto group = "gradient/" + GetParam().id + "/";
  const auto expect = [&](const std::string& name, const std::string& method,
                          const std::map<std::string, std::string>& parameters) {
    if (!Case::file().exists(group + name)) {
      return;
    }
    const auto made = model.explain(method, parameters);
    EXPECT_EQ(made.targets.item<std::int64_t>(), Case::file().integer_attribute(group, "target"));
    EXPECT_LT(relative_l2(made.values, dataset(Case::file(), group + name)), GetParam().limit) << name;
  };
  expect("saliency_absmax", "saliency", {});
  expect("input_x_gradient_sum", "inputxgradient", {});
  expect("smoothgrad_absmax", "smoothgrad", {{"smoothgrad.samples", "4"}});
  expect("smoothgrad_sum", "smoothgrad", {{"smoothgrad.samples", "4"}, {"smoothgrad.channels", "sum"}});
  expect("guided_backprop_sum", "guidedbackprop", {});
  using Rule = std::pair<std::string, std::string>;
  for (const auto& [rule, steps] :
       {Rule{"gausslegendre", "20"}, Rule{"gausslegendre", "100"}, Rule{"riemann_trapezoid", "20"}}) {
    expect("ig_" + rule + "_" + steps, "integratedgradients",
           {{"integratedgradients.method", rule}, {"integratedgradients.steps", steps}});
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, Gradients,
                         testing::Values(GradientCase{"deit_tiny_patch16_224.fb_in1k", 1e-4},
                                         GradientCase{"convnextv2_nano.fcmae_ft_in22k_in1k", 1e-4},
                                         GradientCase{"resnet18d.ra2_in1k", 1e-2}, GradientCase{"vgg16.tv_in1k", 2e-2},
                                         GradientCase{"tf_efficientnet_lite0.in1k", 1e-1}),
                         [](const auto& test) { return test.param.id.substr(0, test.param.id.find('.')); });

TEST_F(Methods, OcclusionEqualsCaptum) {
  Case model("resnet18d.ra2_in1k");
  const auto made = model.explain("occlusion", {});
  const auto expected = dataset(Case::file(), "occlusion/resnet18d.ra2_in1k/captum");
  EXPECT_LT(relative_l2(made.values, expected), 1e-3);
}

class Relevance : public Methods, public testing::WithParamInterface<std::string> {};

TEST_P(Relevance, EqualsZennitAndTheFocusCode) {
  Case model(GetParam());
  for (const std::string rules : {"focus", "epsilon_plus_flat", "zplus_all"}) {
    const auto name = "lrp/" + GetParam() + "/" + rules;
    const auto made = model.explain("lrp", {{"lrp.rules", rules}});
    EXPECT_EQ(made.targets.item<std::int64_t>(), Case::file().integer_attribute("lrp/" + GetParam(), "target"));
    const double limit = std::max(1e-3, 10.0 * Case::file().numbers_attribute(name, "fp32_rel_l2")[0]);
    EXPECT_LT(relative_l2(made.values, dataset(Case::file(), name)), limit) << rules;
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, Relevance,
                         testing::Values("torchvision_alexnet", "torchvision_vgg16", "torchvision_resnet18"),
                         [](const auto& test) { return test.param; });

class Rollout : public Methods, public testing::WithParamInterface<std::string> {};

TEST_P(Rollout, EqualsThePublishedCode) {
  Case model(GetParam());
  const auto group = "rollout/" + GetParam() + "/";
  const auto mean =
      model.explain("attentionrollout", {{"attentionrollout.fusion", "mean"}, {"attentionrollout.discard", "0"}});
  const auto expected = dataset(Case::file(), group + "mean_raw");
  EXPECT_LT((mean.values.squeeze(0).to(at::kDouble) - expected).abs().max().item<double>(),
            1e-4 * expected.max().item<double>());
  const auto thesis = model.explain("attentionrollout", {});
  // A near-tie at the cut may flip an entry.
  EXPECT_LT(relative_l2(thesis.values, dataset(Case::file(), group + "thesis_max_0.9_raw")), 1e-2);
}

INSTANTIATE_TEST_SUITE_P(Methods, Rollout,
                         testing::Values("deit_tiny_patch16_224.fb_in1k", "vit_base_patch32_224.augreg_in21k_ft_in1k"),
                         [](const auto& test) { return test.param.substr(0, test.param.find('.')); });

class Perturbation : public Methods, public testing::WithParamInterface<std::string> {};

TEST_P(Perturbation, DrawsAndSolvesLikeCaptum) {
  const auto group = "kernelshap49/" + GetParam() + "/";
  const auto rows = matrix(Case::file(), group + "coalitions");
  const auto seed = static_cast<std::uint64_t>(Case::file().integer_attribute("/", "seed"));
  EXPECT_EQ(attribution::draw_like_captum({"kernelshap.size", seed}, {"kernelshap.keys", seed}, 49, 350), rows);
  const auto outputs = vector(Case::file(), group + "outputs_logit");
  const auto solved = attribution::solve_like_captum(rows, outputs);
  EXPECT_LT((solved.coefficients - vector(Case::file(), group + "captum_float64")).cwiseAbs().maxCoeff(), 1e-8);
  const Vector ones = Vector::Ones(348);
  const auto constrained =
      attribution::constrained_least_squares(rows.bottomRows(348), outputs.tail(348), ones, outputs[1], outputs[0]);
  EXPECT_LT((constrained - vector(Case::file(), group + "constrained")).cwiseAbs().maxCoeff(), 1e-8);
}

TEST_P(Perturbation, KernelShapOfTheModel) {
  Case model(GetParam());
  const auto made =
      model.explain("kernelshap", {{"kernelshap.features", "grid:7x7"}, {"kernelshap.sampling", "captum"}});
  const auto expected = dataset(Case::file(), "kernelshap49/" + GetParam() + "/captum_float64");
  EXPECT_LT(relative_l2(made.values, expected), 1e-3);
}

TEST_P(Perturbation, LimeOfTheModel) {
  Case model(GetParam());
  const auto group = "lime49/" + GetParam() + "/";
  for (const std::string output : {"logit", "probability"}) {
    const auto made =
        model.explain("lime", {{"lime.features", "grid:7x7"}, {"lime.samples", "300"}, {"lime.output", output}});
    const auto name = group + (output == "logit" ? "coef_logit" : "coef_prob");
    EXPECT_LT(relative_l2(made.values, dataset(Case::file(), name)), 1e-3) << name;
    EXPECT_NEAR(made.details.at("score").item<double>(), Case::file().numbers_attribute(name, "score")[0], 1e-4);
    EXPECT_NEAR(made.details.at("intercept").item<double>(), Case::file().numbers_attribute(name, "intercept")[0],
                1e-4);
  }
  const auto rows = matrix(Case::file(), group + "masks");
  const auto solved = attribution::ridge(rows, vector(Case::file(), group + "outputs_prob"),
                                         vector(Case::file(), group + "weights"), 1.0);
  EXPECT_LT((solved.coefficients - vector(Case::file(), group + "coef_prob")).cwiseAbs().maxCoeff(), 1e-8);
}

/// The stored game of 12 features.
struct Game {
  Vector outputs;

  double operator()(const Eigen::RowVectorXd& row) const {
    Eigen::Index index = 0;
    for (Eigen::Index f = 0; f < row.size(); ++f) {
      index += row[f] > 0.5 ? Eigen::Index{1} << f : 0;
    }
    return outputs[index];
  }

  attribution::ShapleyEstimate estimate(std::uint64_t seed, std::int64_t evaluations,
                                        decltype(attribution::solve_pairs)& solve) const {
    const auto pairs = attribution::draw_pairs({"test", seed}, 12, evaluations);
    const auto played = play(pairs, *this);
    return solve(pairs, played.outputs, played.complements, outputs[0], outputs[outputs.size() - 1]);
  }
};

TEST_P(Perturbation, PairedSamplingFindsTheShapleyValues) {
  for (const std::string output : {"logit", "prob"}) {
    const auto group = "shapley12/" + GetParam() + "/";
    const Game game{vector(Case::file(), group + "outputs_" + output)};
    const auto exact = vector(Case::file(), group + "phi_" + output);
    EXPECT_LT((game.estimate(1, 4096, attribution::solve_pairs).values - exact).cwiseAbs().maxCoeff(), 1e-9);
    const auto errors = [&](auto& solve, double least, double most) {
      double error = 0.0;
      double claimed = 0.0;
      for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const auto estimate = game.estimate(seed, 350, solve);
        EXPECT_NEAR(estimate.values.sum(), game.outputs[4095] - game.outputs[0], 1e-9);
        error += (estimate.values - exact).squaredNorm();
        claimed += estimate.standard_errors.squaredNorm();
      }
      EXPECT_GT(claimed / error, least) << group << output;
      EXPECT_LT(claimed / error, most) << group << output;
      return error;
    };
    const auto by_regression = errors(attribution::solve_pairs, 0.6, 1.7);
    EXPECT_LT(errors(attribution::fit_process, 0.6, 10.0), by_regression) << group << output;
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, Perturbation,
                         testing::Values("deit_tiny_patch16_224.fb_in1k", "resnet18d.ra2_in1k",
                                         "tf_efficientnet_lite0.in1k"),
                         [](const auto& test) { return test.param.substr(0, test.param.find('.')); });

}  // namespace
}  // namespace sightline::tests

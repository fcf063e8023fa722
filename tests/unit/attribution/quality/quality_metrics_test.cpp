// Quality metrics of maps against their definitions in PyTorch, and what they must say of good and of useless maps.

#include "attribution/quality/quality_metrics.hpp"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "formula_image.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::attribution {
namespace {

class Faithfulness : public testing::Test {
 protected:
  const nlohmann::json file_ = nlohmann::json::parse(base::read_text(SIGHTLINE_TESTS_FOLDER "/fixtures/quality.json"));
  const models::ModelSpec& spec_ = models::find_model(file_["model"].get<std::string>());
  const std::unique_ptr<models::ParameterSource> source_ = models::open_parameters("synthetic:1", spec_);
  models::Model model_{spec_, *source_};
  const at::Tensor picture_ = tests::formula_input(0, file_["size"], spec_);
  const at::Tensor relevance_ = tests::formula_input(1, file_["size"], spec_)[0].narrow(0, 0, 1).contiguous();
  const std::int64_t steps_ = file_["steps"].get<std::int64_t>();

  Subject subject_of(const at::Tensor& images, std::int64_t pass_size = 8) {
    const std::vector<std::int64_t> labels(static_cast<std::size_t>(images.size(0)), -1);
    return {model_, {images, labels}, {{job::Target::Rule::index, file_["target"].get<int>()}, {}, {}, 1, pass_size}};
  }

  std::vector<double> judge(const std::string& metric, Subject& subject, const at::Tensor& relevance,
                            const TargetTiles& tiles = {}) const {
    return find_quality_metric(metric).begin({subject, steps_, {tiles}})(relevance);
  }
};

TEST_F(Faithfulness, IsItsDefinitions) {
  auto subject = subject_of(picture_, 3);
  const auto expect = [&](const std::vector<double>& got, const char* name) {
    const auto expected = file_[name].get<double>();
    EXPECT_NEAR(got.at(0), expected, 1e-4 * std::abs(expected)) << name;
  };
  for (const auto* name : {"deletion", "insertion", "sensitivity_n"}) {
    expect(judge(name, subject, relevance_), name);
  }
}

TEST_F(Faithfulness, DoesNotDependOnNeighbours) {
  const auto both = at::cat({picture_, tests::formula_input(2, file_["size"], spec_)});
  auto subject = subject_of(both, 5);
  auto alone = subject_of(picture_);
  const auto maps = at::cat({relevance_, -relevance_});
  for (const auto* name : {"deletion", "insertion"}) {
    EXPECT_NEAR(judge(name, subject, maps)[0], judge(name, alone, relevance_)[0], 1e-6) << name;
  }
}

TEST_F(Faithfulness, IsUndefinedWhereTheMapSaysNothing) {
  auto subject = subject_of(picture_);
  EXPECT_TRUE(std::isnan(judge("sensitivity_n", subject, at::full(relevance_.sizes(), 0.5))[0]));
  EXPECT_TRUE(std::isnan(judge("deletion", subject, at::full(relevance_.sizes(), std::nan("")))[0]));
  EXPECT_TRUE(std::isnan(judge("deletion", subject, at::zeros(relevance_.sizes()))[0])) << "no order";
}

TEST_F(Faithfulness, ThePointingGameLooksWhereTheMostRelevantPixelLies) {
  auto subject = subject_of(picture_);
  const TargetTiles right_half{2, 2, {false, true, false, true}};
  auto map = at::zeros({1, 3, 5});  // the middle row and column belong to the larger, second part
  const auto point = [&](const TargetTiles& tiles) { return judge("pointing_game", subject, map, tiles)[0]; };
  EXPECT_TRUE(std::isnan(point(right_half)));
  map[0][0][1] = 0.5F;
  EXPECT_EQ(point(right_half), 0.0);
  map[0][0][2] = 0.7F;
  EXPECT_EQ(point(right_half), 1.0);
  EXPECT_EQ(point({2, 2, {true, false, true, true}}), 0.0);
}

}  // namespace
}  // namespace sightline::attribution

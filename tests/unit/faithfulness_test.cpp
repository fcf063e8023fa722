// Quality metrics of maps against their definitions in PyTorch, and what they must say of good and of useless maps.

#include "attribution/quality/faithfulness.hpp"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "focus/score.hpp"
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
};

TEST_F(Faithfulness, IsItsDefinitions) {
  auto subject = subject_of(picture_, 3);
  const auto expect = [&](const std::vector<double>& got, const char* name) {
    const auto expected = file_[name].get<double>();
    EXPECT_NEAR(got.at(0), expected, 1e-4 * std::abs(expected)) << name;
  };
  expect(deletion(subject, relevance_, steps_), "deletion");
  expect(insertion(subject, relevance_, steps_), "insertion");
  expect(SensitivityN(subject, steps_)(relevance_), "sensitivity_n");
}

TEST_F(Faithfulness, DoesNotDependOnNeighbours) {
  const auto both = at::cat({picture_, tests::formula_input(2, file_["size"], spec_)});
  auto subject = subject_of(both, 5);
  auto alone = subject_of(picture_);
  const auto maps = at::cat({relevance_, -relevance_});
  EXPECT_NEAR(deletion(subject, maps, steps_)[0], deletion(alone, relevance_, steps_)[0], 1e-6);
  EXPECT_NEAR(insertion(subject, maps, steps_)[0], insertion(alone, relevance_, steps_)[0], 1e-6);
}

TEST_F(Faithfulness, IsUndefinedWhereTheMapSaysNothing) {
  auto subject = subject_of(picture_);
  EXPECT_TRUE(std::isnan(SensitivityN(subject, steps_)(at::full(relevance_.sizes(), 0.5))[0]));
  EXPECT_TRUE(std::isnan(deletion(subject, at::full(relevance_.sizes(), std::nan("")), steps_)[0]));
  EXPECT_TRUE(std::isnan(deletion(subject, at::zeros(relevance_.sizes()), steps_)[0])) << "no order";
}

TEST(PointingGame, LooksWhereTheMostRelevantPixelLies) {
  const std::vector<bool> right_half = {false, true, false, true};
  std::vector<float> map(15, 0.0F);  // 3 x 5: the middle row and column belong to the larger, second part
  EXPECT_TRUE(std::isnan(focus::pointing_game(map, 3, 5, {2, 2}, right_half)));
  map[1] = 0.5F;
  EXPECT_EQ(focus::pointing_game(map, 3, 5, {2, 2}, right_half), 0.0);
  map[2] = 0.7F;
  EXPECT_EQ(focus::pointing_game(map, 3, 5, {2, 2}, right_half), 1.0);
  EXPECT_EQ(focus::pointing_game(map, 3, 5, {2, 2}, {true, false, true, true}), 0.0);
}

}  // namespace
}  // namespace sightline::attribution

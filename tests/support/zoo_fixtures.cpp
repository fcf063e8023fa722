#include "zoo_fixtures.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "attribution/method.hpp"
#include "attribution/methods/registry.hpp"
#include "formula_image.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"
#include "read_json.hpp"

namespace sightline::tests {
namespace {

using Rows = std::vector<std::vector<double>>;

double largest(const Rows& rows) {
  double most = 0.0;
  for (const auto& row : rows) {
    for (const double value : row) {
      most = std::max(most, std::abs(value));
    }
  }
  return most;
}

void expect_near(const at::Tensor& map, const Rows& expected, double tolerance) {
  ASSERT_EQ(map.size(0), static_cast<std::int64_t>(expected.size()));
  ASSERT_EQ(map.size(1), static_cast<std::int64_t>(expected.front().size()));
  const auto values = map.contiguous();
  const float* value = values.const_data_ptr<float>();
  for (const auto& row : expected) {
    for (const double wanted : row) {
      EXPECT_NEAR(*value++, wanted, tolerance);
    }
  }
}

}  // namespace

const nlohmann::json& zoo_fixtures() {
  static const auto& json = tests::read_json("zoo.json");
  return json;
}

void expect_equal_to_timm(const models::ModelSpec& spec) {
  SCOPED_TRACE(spec.id);
  const auto& timm = zoo_fixtures()["values"][spec.id.substr(0, spec.id.find('.'))];
  EXPECT_EQ(models::list_parameters(spec).count, timm["parameters"].get<std::int64_t>());
  const auto source = models::open_parameters("synthetic:1", spec);
  models::Model model(spec, *source);
  const auto input = formula_input(0, timm["size"].get<int>(), spec);
  job::JobConfig job;
  job.explain.fix_corner = false;
  for (const std::string name : {"gradcam", "gradcampp"}) {
    SCOPED_TRACE(name);
    const auto result =
        attribution::explain_alone(*attribution::find_method(name).make(job, model), model, {input, {-1}}, job);
    EXPECT_EQ(result.targets.item<std::int64_t>(), timm["argmax"].get<std::int64_t>());
    const auto logits = timm["logits"].get<std::vector<double>>();
    for (std::size_t i = 0; i < logits.size(); ++i) {
      EXPECT_NEAR(result.logits.const_data_ptr<float>()[i], logits[i], 1e-4 * timm["logits_std"].get<double>());
    }
    const auto raw = timm[name].get<Rows>();
    // One ReLU6 unit of EfficientNet-Lite's 3 x 3 head that flips by rounding moves the map further than all other
    // rounding; see tests/reference/zoo_test.cpp.
    expect_near(result.values[0], raw, (spec.id.find("lite") == std::string::npos ? 1e-3 : 1e-2) * largest(raw));
  }
}

}  // namespace sightline::tests

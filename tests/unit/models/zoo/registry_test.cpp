#include "models/zoo/registry.hpp"

#include <set>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "models/model_parameters.hpp"

namespace sightline::models {
namespace {

TEST(Registry, HasUniqueNamesAndBuildsEveryModel) {
  std::set<std::string> names;
  for (const auto& spec : all_models()) {
    EXPECT_TRUE(names.insert(spec.id).second) << spec.id;
    EXPECT_TRUE(spec.short_name.empty() || names.insert(spec.short_name).second) << spec.short_name;
    EXPECT_GT(list_parameters(spec).parameters.size(), 10U) << spec.id;
  }
  EXPECT_EQ(find_model("ResNet18").id, "resnet18d.ra2_in1k");
  EXPECT_EQ(find_model("resnet18").id, "resnet18.tv_in1k");
  EXPECT_THROW(find_model("resnet81"), base::Error);
  EXPECT_EQ(model_group("thesis").size(), 14U);
}

TEST(Registry, DepthPointsOfEveryModelAreLayers) {
  for (const auto& spec : all_models()) {
    std::vector<ParameterFact> facts;
    const auto source = recording_parameters(facts);
    const Model model(spec, *source, {at::kMeta});
    std::set<std::string> points;
    for (const char* depth : {"0.25", "0.5", "0.75", "1"}) {
      const auto layer = model.resolve_layer(depth);
      EXPECT_NO_THROW(model.resolve_layer(layer)) << spec.id << ' ' << layer;
      points.insert(layer);
    }
    EXPECT_EQ(points.size(), 4U) << spec.id;
  }
}

}  // namespace
}  // namespace sightline::models

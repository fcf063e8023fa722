#include "attribution/subject.hpp"

#include <gtest/gtest.h>

#include "small_models.hpp"

namespace sightline::attribution {
namespace {

TEST(Subject, SharesOnePassBetweenLayers) {
  const auto model = tests::synthetic_model("resnet18d");
  const Batch batch{tests::picture_for(*model), {-1}};
  Subject both(*model, batch, {{}, {"layer2.1", "layer4.1"}});
  for (const char* layer : {"layer2.1", "layer4.1"}) {
    Subject alone(*model, batch, {{}, {layer}});
    EXPECT_LT(tests::distance(both.layer(layer).gradient, alone.layer(layer).gradient), 1e-4) << layer;
    EXPECT_LT(tests::distance(both.layer(layer).activation, alone.layer(layer).activation), 1e-4) << layer;
  }
}

}  // namespace
}  // namespace sightline::attribution

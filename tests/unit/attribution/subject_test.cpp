#include "attribution/subject.hpp"

#include <ATen/ops/cat.h>
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

TEST(Subject, ItsPartsHaveWhatItHasComputed) {
  const auto model = tests::synthetic_model("resnet18d");
  const auto one = tests::picture_for(*model);
  Batch batch{
      at::cat({one, one * 0.5, one * 0.25}).contiguous(at::MemoryFormat::ChannelsLast), {4, 5, 6}, {"a", "b", "c"}};
  std::vector<std::pair<std::int64_t, bool>> passes;
  BatchRequest request{{job::Target::Rule::label, 0}, {"layer4.1"}, {"layer3.1"}};
  request.before_pass = [&](std::int64_t images, bool backward) { passes.emplace_back(images, backward); };
  Subject all(*model, batch, request);
  auto part = all.part(1, 2);
  EXPECT_TRUE(part.logits().equal(all.logits().narrow(0, 1, 2)));
  EXPECT_EQ(part.targets()[1].item<std::int64_t>(), 6);
  EXPECT_TRUE(part.layer("layer4.1").gradient.equal(all.layer("layer4.1").gradient.narrow(0, 1, 2)));
  EXPECT_TRUE(part.watched("layer3.1").equal(all.watched("layer3.1").narrow(0, 1, 2)));
  EXPECT_EQ(part.stream("x", 0).bits(3), all.stream("x", 1).bits(3)) << "random numbers go by the image's name";
  EXPECT_EQ(passes, (std::vector<std::pair<std::int64_t, bool>>{{3, true}})) << "one pass for all of that";
  part.gradient(part.inputs(), part.owners(0, 2, 1));
  EXPECT_EQ(passes.back(), (std::pair<std::int64_t, bool>{2, true}));
  part.masked_scores(part.inputs(), part.owners(0, 2, 1));
  EXPECT_EQ(passes.back(), (std::pair<std::int64_t, bool>{2, false}));
}

}  // namespace
}  // namespace sightline::attribution

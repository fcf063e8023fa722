#include "focus/bias.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace sightline::focus {
namespace {

TEST(Bias, OffendingFeaturesAreThoseUnderTheWrongRelevance) {
  MosaicSet set{std::filesystem::path("photos"), 2, 1, {}, {}};
  set.mosaics = {{"pair", 1, {"a.jpg", "b.jpg"}, {1, 0}}};
  // two channels on 4 x 2 cells; the lower two rows are the other picture
  const auto features = at::arange(16, at::kFloat).reshape({1, 2, 4, 2});
  auto relevance = at::zeros({1, 8, 4});
  relevance[0].slice(0, 0, 4).fill_(100.0);                // on the target: does not count
  relevance[0].slice(0, 4, 6).slice(1, 0, 2).fill_(3.0);   // cell (2, 0)
  relevance[0].slice(0, 6, 8).slice(1, 2, 4).fill_(1.0);   // cell (3, 1)
  relevance[0].slice(0, 6, 8).slice(1, 0, 2).fill_(-5.0);  // speaks against
  const auto seen = offending_features(features, relevance, set, 0);
  EXPECT_NEAR(seen[0][0].item<double>(), (3.0 * 4.0 + 7.0) / 4.0, 1e-6);
  EXPECT_NEAR(seen[0][1].item<double>(), (3.0 * 12.0 + 15.0) / 4.0, 1e-6);
  EXPECT_EQ(offending_features(features, -relevance.abs(), set, 0).abs().sum().item<double>(), 0.0);
}

}  // namespace
}  // namespace sightline::focus

#include "comparison/pair_comparison.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "comparison/metrics.hpp"
#include "random_map.hpp"

namespace sightline::comparison {
namespace {

/// Two models and three images: maps are equal on the first, one is blank on the second, one is missing on the third.
std::vector<ImageMaps> small_study(Upsampling& upsampling) {
  const auto map = upsampling.rescaled(native_gradcam(tests::random_map(7, 7, "m"), 7, 7));
  const auto blank = upsampling.rescaled(native_gradcam(std::vector<float>(49, -1.0F), 7, 7));
  const auto made = [&](const std::vector<std::optional<UpsampledMap>>& maps, std::vector<int> predictions) {
    auto image = maps_on_grids(maps, upsampling, false);
    image.predictions = std::move(predictions);
    return image;
  };
  return {made({map, map}, {1, 1}), made({map, blank}, {1, 2}), made({map, std::nullopt}, {1, 1})};
}

TEST(PairComparison, CountsBlankMapsAsZeroUnlessExcludedAndLeavesOutMissingOnes) {
  Upsampling upsampling(224);
  for (const bool exclude : {false, true}) {
    PairComparison pairs(2, make_metrics({"cosine"}, {}), exclude);
    std::vector<float> per_image;
    for (const auto& image : small_study(upsampling)) {
      per_image.push_back(pairs.add(image)[0][pair_index(0, 1, 2)]);
    }
    const auto all = pairs.all(0).moments(pair_index(0, 1, 2));
    EXPECT_NEAR(all.mean, exclude ? 1.0 : 0.5, 1e-12);
    EXPECT_NEAR(pairs.matching(0).moments(pair_index(0, 1, 2)).mean, 1.0, 1e-12);
    EXPECT_TRUE(std::isnan(per_image[2]));
    // A blank map has cosine 0 with itself, as in the published tables.
    EXPECT_NEAR(pairs.all(0).moments(pair_index(1, 1, 2)).mean, exclude ? 1.0 : 0.5, 1e-12);
  }
}

TEST(PairComparison, LeavesBlankMapsOutOfThePooledKappaToo) {
  // Equal maps on the first image; on the second the first model's map is blank, and the third model has none.
  const std::vector<std::optional<PixelMap>> first = {PixelMap{{0, 0, 1, 1}}, PixelMap{{0, 0, 1, 1}},
                                                      PixelMap{{0, 0, 1, 1}}};
  const std::vector<std::optional<PixelMap>> second = {PixelMap{{0, 0, 0, 0}}, PixelMap{{1, 1, 1, 0}}, std::nullopt};
  for (const bool exclude : {false, true}) {
    PairComparison pairs(3, make_metrics({"kappa"}, {}), exclude);
    for (const auto& maps : {first, second}) {
      auto image = maps_as_pixels(maps, true);
      image.predictions = {1, 1, 1};
      pairs.add(image);
    }
    const auto pooled = pairs.metrics()[0]->pooled(3, pairs.tally(0));
    // With the blank map: 5 of 8 pixels agree, by chance (6 x 3 + 2 x 5) / 64 do.
    EXPECT_NEAR(pooled[1], exclude ? 1.0 : (5.0 / 8.0 - 28.0 / 64.0) / (1.0 - 28.0 / 64.0), 1e-12);
    EXPECT_NEAR(pooled[2], 1.0, 1e-12);
    const auto per_image = pairs.all(0).moments(pair_index(0, 1, 3));
    EXPECT_NEAR(per_image.mean, exclude ? 1.0 : 0.5, 1e-12);
  }
}

TEST(PairMatrices, GiveSimilarityZeroToAPairWithoutImages) {
  const auto result = matrices(PairSums(2));
  EXPECT_EQ(result.mean, std::vector<double>(4, 0.0));
  EXPECT_EQ(result.dissimilarity, std::vector<double>(4, 1.0));
}

TEST(PairIndex, NumbersTheUpperTriangle) {
  std::size_t next = 0;
  for (std::size_t a = 0; a < 5; ++a) {
    for (std::size_t b = a; b < 5; ++b) {
      EXPECT_EQ(pair_index(a, b, 5), next++);
    }
  }
  EXPECT_EQ(next, pair_count(5));
}

}  // namespace
}  // namespace sightline::comparison

// Native-space products against the same sums over real pixels, and the metrics made of them.

#include <cmath>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "comparison/metrics.hpp"
#include "comparison/pair_comparison.hpp"
#include "comparison/upsampling.hpp"
#include "job_with.hpp"

namespace sightline::comparison {
namespace {

std::vector<float> random_raw(std::int64_t rows, std::int64_t columns, const std::string& name) {
  const base::NumberStream stream(name, 5);
  std::vector<float> raw(static_cast<std::size_t>(rows * columns));
  for (std::size_t i = 0; i < raw.size(); ++i) {
    raw[i] = static_cast<float>(stream.normal(i) + 0.3);
  }
  return raw;
}

double pixel_product(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += double{a[i]} * b[i];
  }
  return sum;
}

TEST(Upsampling, InnerProductsEqualSumsOverPixels) {
  for (const std::int64_t size : {224, 50, 14}) {
    Upsampling upsampling(size);
    const auto a = random_raw(7, 7, "a");
    const auto b = random_raw(14, 10, "b");
    const auto x = upsampling.rescaled(native_gradcam(a, 7, 7));
    const auto y = upsampling.rescaled(native_gradcam(b, 14, 10));
    const auto x_pixels = gradcam_pixels(a, 7, 7, size);
    const auto y_pixels = gradcam_pixels(b, 14, 10, size);
    const auto pixels = static_cast<double>(size * size);
    EXPECT_NEAR(upsampling.inner_product(x, y), pixel_product(x_pixels, y_pixels), 1e-6 * pixels);
    EXPECT_NEAR(x.squared_norm, pixel_product(x_pixels, x_pixels), 1e-6 * pixels);
    EXPECT_NEAR(*std::max_element(x_pixels.begin(), x_pixels.end()), 1.0F, 1e-5F);
    EXPECT_EQ(*std::min_element(x_pixels.begin(), x_pixels.end()), 0.0F);
  }
}

TEST(NativeGradcam, ScalesAsPytorchGradCamAndBlanksWhatIsNotPositive) {
  const std::vector<float> raw = {-1.0F, 1.0F, 3.0F, 2.0F};
  const auto map = native_gradcam(raw, 2, 2);
  EXPECT_FLOAT_EQ(map.values[0], 0.0F);
  EXPECT_NEAR(map.values[1], 1.0 / 3.0, 1e-6);
  EXPECT_NEAR(map.values[2], 1.0, 1e-6);
  for (const float value : native_gradcam(std::vector<float>{-1.0F, -2.0F}, 1, 2).values) {
    EXPECT_EQ(value, 0.0F);
  }
}

/// Maps of some pixels (a square), as metrics get them.
ImageMaps maps_of(const std::vector<std::vector<double>>& maps) {
  std::vector<std::optional<PixelMap>> read;
  for (const auto& map : maps) {
    read.emplace_back(PixelMap{{map.begin(), map.end()}});
  }
  return maps_as_pixels(read, true);
}

using Parameters = std::map<std::string, std::string>;

double similarity(const std::string& metric, const std::vector<double>& x, const std::vector<double>& y,
                  const Parameters& parameters = {}) {
  return make_metrics({metric}, tests::job_with(parameters))[0]->compare(maps_of({x, y}))(0, 1);
}

TEST(Metrics, AreTheirDefinitions) {
  EXPECT_NEAR(similarity("cosine", {1, 2}, {2, 1}), 0.8, 1e-12);
  EXPECT_EQ(similarity("cosine", {0, 0}, {2, 1}), 0.0);
  EXPECT_NEAR(similarity("rbf", {1, 3}, {2, 1}, {{"compare.rbf-sigma", "2"}}), std::exp(-5.0 / 8.0), 1e-12);
  // sklearn.metrics.cohen_kappa_score([0, 1, 1, 1], [0, 0, 1, 1]) = 0.5
  EXPECT_NEAR(similarity("kappa", {0.5, 0.6, 0.7, 0.8}, {0.1, 0.2, 0.6, 0.9}), 0.5, 1e-12);
  EXPECT_EQ(similarity("kappa", {0, 0, 0, 0}, {0, 0, 0, 0}), 0.0);
  // scipy.stats.spearmanr([1, 2, 2, 4], [1, 3, 2, 4]) = 0.9486832980505138
  EXPECT_NEAR(similarity("spearman", {1, 2, 2, 4}, {1, 3, 2, 4}), 0.9486832980505138, 1e-12);
  EXPECT_EQ(similarity("spearman", {0, 0, 0, 0}, {1, 3, 2, 4}), 0.0);
  // The two largest of four: {3, 2} and {3, 0}.
  EXPECT_NEAR(similarity("topk_iou", {0.1, 0.2, 0.8, 0.9}, {0.7, 0.1, 0.2, 0.9}, {{"compare.topk-share", "0.5"}}),
              1.0 / 3.0, 1e-12);
  EXPECT_EQ(similarity("topk_iou", {0, 0, 0, 0}, {0, 0, 0, 0}), 0.0);
  EXPECT_THROW(make_metrics({"cosin"}, {}), base::Error);
  EXPECT_EQ(make_metrics({"rbf", "kappa"}, tests::job_with({{"compare.rbf-sigma", "10,80"}}))[1]->name(), "rbf80");
}

TEST(Metrics, EarthMoversDistanceMovesTheMassAcrossTheGrid) {
  // 2 x 2 cells: all mass from one corner to the opposite one, the longest way there is.
  const Parameters options = {{"compare.emd-grid", "2"}};
  EXPECT_NEAR(similarity("emd", {1, 0, 0, 0}, {0, 0, 0, 5}, options), 0.0, 1e-6);
  // Half of it stays, half moves to the neighbour: 0.5 of the diagonal sqrt(2).
  EXPECT_NEAR(similarity("emd", {1, 0, 0, 0}, {3, 3, 0, 0}, options), 1.0 - 0.5 / std::sqrt(2.0), 1e-6);
  EXPECT_EQ(similarity("emd", {-1, 0, 0, 0}, {3, 3, 0, 0}, options), 0.0);
}

TEST(ResizedLabels, RepeatAndSkipPixels) {
  const std::vector<std::uint16_t> labels = {0, 1, 2, 3};
  EXPECT_EQ(resized_labels(labels, 2, 4), (std::vector<std::uint16_t>{0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3}));
  EXPECT_EQ(resized_labels(labels, 2, 2), labels);
}

/// Two models and three images: maps are equal on the first, one is blank on the second, one is missing on the third.
std::vector<ImageMaps> small_study(Upsampling& upsampling) {
  const auto map = upsampling.rescaled(native_gradcam(random_raw(7, 7, "m"), 7, 7));
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

TEST(ReadSigned, ScalesByTheLargestMagnitude) {
  EXPECT_DOUBLE_EQ(read_signed(std::vector<float>{-4, 2}, false)[0], -1.0);
  EXPECT_DOUBLE_EQ(read_signed(std::vector<float>{-4, 2}, true)[0], 1.0);
  EXPECT_TRUE(read_signed(std::vector<float>{0, 0}, false).isZero(0.0));
}

TEST(ReadPixels, ClipsAndScalesLikeNumpy) {
  // numpy.percentile([0..9, 100], [10, 90]) = [1, 9], with [25, 75]: [2.5, 7.5]
  const std::vector<float> raw = {5, 1, 100, 3, 4, 0, 6, 7, 8, 9, 2};
  const auto pixels = [&](double clip) {
    return Eigen::VectorXf(maps_as_pixels({read_pixels(raw, clip, false)}, true).pixels.col(0));
  };
  EXPECT_FLOAT_EQ(pixels(10.0)[5], 1.0F / 9.0F);
  EXPECT_FLOAT_EQ(pixels(10.0)[2], 1.0F);
  EXPECT_FLOAT_EQ(pixels(25.0)[5], 2.5F / 7.5F);
  EXPECT_FLOAT_EQ(pixels(50.0)[5], 1.0F);
  const auto blank = maps_as_pixels({read_pixels({0, 0}, 0.3, false), read_pixels({-4, 2}, 0.0, true)}, true);
  EXPECT_EQ(blank.blank, (std::vector<bool>{true, false}));
  EXPECT_EQ(blank.pixels(0, 0), 0.0F);
  EXPECT_EQ(blank.pixels(0, 1), 1.0F);
}

TEST(PixelProducts, AreTheSumsOverAllPixels) {
  constexpr std::int64_t side = 91;  // a block is not full, and tiles of four maps are not
  std::vector<std::optional<PixelMap>> maps;
  std::vector<std::vector<float>> read;
  for (const auto* name : {"a", "b", "c", "d", "e"}) {
    const auto raw = random_raw(side, side, name);
    maps.emplace_back(read_pixels(raw, 1.0, name[0] == 'b'));
    auto& values = read.emplace_back();
    for (std::size_t i = 0; i < raw.size(); ++i) {
      values.push_back(maps.back()->at(i));
    }
  }
  maps[2].reset();
  const auto sums = pixel_products(maps);
  for (std::size_t a = 0; a < maps.size(); ++a) {
    for (std::size_t b = 0; b < maps.size(); ++b) {
      const double expected =
          maps[a] && maps[b] ? pixel_product(read[a], read[b]) / (sums.largest[a] * sums.largest[b]) : 0.0;
      EXPECT_NEAR(sums.products(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)), expected,
                  1e-6 * static_cast<double>(side));
    }
  }
}

TEST(ImageMaps, SuperpixelsWeighAsManyPixelsAsTheyHave) {
  // Two maps over three superpixels of 1, 2 and 5 pixels, and the same as pixels.
  const Eigen::VectorXd areas = Eigen::Vector3d(1, 2, 5);
  const Eigen::VectorXd a = Eigen::Vector3d(1, -1, 0.5);
  const Eigen::VectorXd b = Eigen::Vector3d(0, 2, 1);
  const PixelMap a_pixels{{1, -1, -1, 0.5, 0.5, 0.5, 0.5, 0.5}};
  const PixelMap b_pixels{{0, 2, 2, 1, 1, 1, 1, 1}};
  const auto by_areas = maps_on_superpixels({a, std::nullopt, b}, areas);
  const auto by_pixels = maps_as_pixels({a_pixels, std::nullopt, b_pixels}, false);
  EXPECT_TRUE(by_areas.products.isApprox(by_pixels.products));
  EXPECT_EQ(by_areas.present, (std::vector<bool>{true, false, true}));
}

TEST(Resized, EqualsUpsampling) {
  Upsampling upsampling(14);
  const auto raw = random_raw(7, 7, "s");
  const auto wide = resized({raw}, 7, 7, 14, upsampling).values;
  EXPECT_NEAR(pixel_product(wide, wide), upsampling.unscaled({7, 7, raw}).squared_norm, 1e-5);
  EXPECT_EQ(resized({raw}, 7, 7, 7, upsampling).values, raw);
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

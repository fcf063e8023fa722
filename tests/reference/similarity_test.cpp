// Similarities computed in native space against numpy on upsampled maps: shared/reference/similarity.h5.

#include <cmath>

#include <gtest/gtest.h>

#include "comparison/metrics.hpp"
#include "comparison/pair_statistics.hpp"
#include "comparison/upsampling.hpp"
#include "job_with.hpp"
#include "shared_folder.hpp"
#include "store/hdf5.hpp"

namespace sightline::tests {
namespace {

constexpr std::size_t models = 6;
constexpr std::size_t images = 40;

class Similarity : public testing::Test {
 protected:
  void load(const std::filesystem::path& shared) {
    file_ = std::make_unique<store::File>(store::File::open_to_read(shared / "reference/similarity.h5"));
    for (std::size_t model = 0; model < models; ++model) {
      const auto dataset = file_->dataset("/native/model" + std::to_string(model));
      const auto side = static_cast<std::int64_t>(dataset.extent()[1]);
      for (std::size_t image = 0; image < images; ++image) {
        maps_.push_back(upsampling_.unscaled({side, side, dataset.read_rows<float>(image, 1)}));
      }
    }
  }
  const comparison::UpsampledMap& map(std::size_t model, std::size_t image) const {
    return maps_[model * images + image];
  }

  /// One image's maps of all models, as `compare` reads them.
  comparison::ImageMaps image_maps(std::size_t image) {
    std::vector<std::optional<comparison::UpsampledMap>> maps;
    for (std::size_t model = 0; model < models; ++model) {
      maps.emplace_back(map(model, image));
    }
    return comparison::maps_on_grids(maps, upsampling_, true);
  }

  /// Per image, and the sums over images where the file has them.
  void compare(const comparison::Metric& metric, const std::string& dataset, double tolerance) {
    const auto expected = file_->dataset(dataset).read<double>();
    comparison::PairSums sums(models);
    for (std::size_t image = 0; image < images; ++image) {
      const auto values = metric.compare(image_maps(image));
      for (std::size_t a = 0; a < models; ++a) {
        for (std::size_t b = a; b < models; ++b) {
          const double value = values(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b));
          const double wanted = expected[(a * models + b) * images + image];
          EXPECT_NEAR(value, std::isnan(wanted) ? 0.0 : wanted, tolerance) << a << ' ' << b << ' ' << image;
          sums.add(comparison::pair_index(a, b, models), value);
        }
      }
    }
    if (file_->exists(dataset + "_mean")) {
      const auto result = comparison::matrices(sums);
      expect_equal(result.mean, dataset + "_mean");
      expect_equal(result.deviation, dataset + "_std");
      expect_equal(result.dissimilarity, dataset + "_dissimilarity");
    }
  }

  void expect_equal(const std::vector<double>& got, const std::string& dataset) {
    const auto expected = file_->dataset(dataset).read<double>();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(got[i], expected[i], 1e-6) << dataset << ' ' << i;
    }
  }

  std::unique_ptr<store::File> file_;
  comparison::Upsampling upsampling_{224};
  std::vector<comparison::UpsampledMap> maps_;
};

TEST_F(Similarity, CosineAndRbfEqualNumpy) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  load(shared);
  compare(*comparison::make_metrics({"cosine"}, {})[0], "cosine", 1e-5);
  const auto rbf = comparison::make_metrics({"rbf"}, tests::job_with({{"compare.rbf-sigma", "10,80"}}));
  compare(*rbf[0], "rbf10", 1e-5);
  compare(*rbf[1], "rbf80", 1e-5);
}

TEST_F(Similarity, SsimAndSpearmanEqualScikitImageAndScipy) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  load(shared);
  compare(*comparison::make_metrics({"ssim"}, {})[0], "ssim", 1e-4);
  compare(*comparison::make_metrics({"spearman"}, {})[0], "spearman", 1e-4);
}

TEST_F(Similarity, PooledKappaEqualsScikitLearn) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  load(shared);
  const auto metrics =
      comparison::make_metrics({"kappa"}, tests::job_with({{"compare.kappa-thresholds", "0.5,0.4:0.7"}}));
  for (const auto& metric : metrics) {
    std::vector<std::int64_t> tally(metric->tally_size(models), 0);
    for (std::size_t image = 0; image < images; ++image) {
      const auto maps = image_maps(image);
      metric->count(maps, maps.present, tally);
    }
    const auto expected = file_->dataset(metric->name()).read<double>();
    const auto pooled = metric->pooled(models, tally);
    for (std::size_t cell = 0; cell < pooled.size(); ++cell) {
      EXPECT_NEAR(pooled[cell], expected[cell], 1e-5) << metric->name() << ' ' << cell;
    }
  }
}

}  // namespace
}  // namespace sightline::tests

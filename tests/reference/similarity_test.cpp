// Similarities computed in native space against numpy on upsampled maps: shared/reference/similarity.h5.

#include "comparison/similarity.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "comparison/pair_statistics.hpp"
#include "comparison/upsampling.hpp"
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
        maps_.push_back(upsampling_.plain({side, side, dataset.read_rows<float>(image, 1)}));
      }
    }
  }
  const comparison::UpsampledMap& map(std::size_t model, std::size_t image) const {
    return maps_[model * images + image];
  }

  void compare(const comparison::Metric& metric, const std::string& dataset) {
    const auto expected = file_->dataset("/" + dataset).read<double>();
    comparison::PairSums sums(models);
    for (std::size_t a = 0; a < models; ++a) {
      for (std::size_t b = a; b < models; ++b) {
        for (std::size_t image = 0; image < images; ++image) {
          const auto& x = map(a, image);
          const auto& y = map(b, image);
          const double value = metric.value({upsampling_.inner_product(x, y), x.square, y.square});
          EXPECT_NEAR(value, expected[(a * models + b) * images + image], 1e-5) << a << ' ' << b << ' ' << image;
          sums.add(comparison::pair_index(a, b, models), value);
        }
      }
    }
    const auto result = comparison::matrices(sums);
    expect_equal(result.mean, dataset + "_mean");
    expect_equal(result.deviation, dataset + "_std");
    expect_equal(result.dissimilarity, dataset + "_dissimilarity");
  }

  void expect_equal(const std::vector<double>& got, const std::string& dataset) {
    const auto expected = file_->dataset("/" + dataset).read<double>();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(got[i], expected[i], 1e-6) << dataset << ' ' << i;
    }
  }

  std::unique_ptr<store::File> file_;
  comparison::Upsampling upsampling_{224};
  std::vector<comparison::UpsampledMap> maps_;
};

TEST_F(Similarity, CosineEqualsNumpy) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  load(shared);
  compare(comparison::make_metrics({"cosine"}, 80.0)[0], "cosine");
}

TEST_F(Similarity, RbfEqualsNumpyForBothSigmas) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  load(shared);
  compare(comparison::make_metrics({"rbf"}, 80.0)[0], "rbf80");
  compare(comparison::make_metrics({"rbf"}, 10.0)[0], "rbf10");
}

}  // namespace
}  // namespace sightline::tests

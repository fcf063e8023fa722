#include "comparison/metrics.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "job_with.hpp"

namespace sightline::comparison {
namespace {

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

/// What make_metrics says of maps of size x size pixels; empty when it accepts them.
std::string refusal(const std::string& metric, std::int64_t size, const Parameters& parameters = {}) {
  auto job = tests::job_with(parameters);
  job.compare.size = size;
  try {
    make_metrics({metric}, job);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::ExitCode::usage);
    return error.what();
  }
  return "";
}

TEST(Metrics, AreRefusedForMapsThatAreTooSmallForThem) {
  EXPECT_EQ(refusal("ssim", 6),
            "compare.size: 6 is too small for ssim, whose windows are 7 x 7 pixels; give at least 7");
  EXPECT_EQ(
      refusal("emd", 7, {{"compare.emd-grid", "8"}}),
      "compare.size: 7 is too small for emd, whose grid has 8 cells per side (compare.emd-grid); give at least 8");
  EXPECT_EQ(refusal("emd", 7), "");
  // At the smallest size that is accepted, every metric gives finite similarities.
  for (const auto& spec : all_metrics()) {
    std::int64_t side = 2;
    while (!refusal(spec.name, side).empty()) {
      ++side;
    }
    std::vector<double> x(static_cast<std::size_t>(side * side), 0.25);
    x[1] = 1.0;
    const std::vector<double> y(x.rbegin(), x.rend());
    EXPECT_TRUE(std::isfinite(similarity(spec.name, x, y))) << spec.name << " at " << side;
  }
}

TEST(Metrics, ParametersThatMakeNoSenseAreRefused) {
  const auto set = [](const std::string& metric, const std::string& value) {
    for (const auto& spec : all_metrics()) {
      if (spec.name == metric) {
        spec.parameters[0].check(value);
      }
    }
  };
  for (const char* thresholds : {"1", "5", ":", "-1.5", "0.5,0.50", "0.4:0.4", "0.4:0.7,0.40:0.70"}) {
    EXPECT_THROW(set("kappa", thresholds), base::Error) << thresholds;
  }
  EXPECT_THROW(set("rbf", "10,10.0"), base::Error);  // both would be called rbf10
  EXPECT_NO_THROW(set("kappa", "0.5,0.4:0.7,-1"));
}

TEST(Metrics, EarthMoversDistanceMovesTheMassAcrossTheGrid) {
  // 2 x 2 cells: all mass from one corner to the opposite one, the longest way there is.
  const Parameters options = {{"compare.emd-grid", "2"}};
  EXPECT_NEAR(similarity("emd", {1, 0, 0, 0}, {0, 0, 0, 5}, options), 0.0, 1e-6);
  // Half of it stays, half moves to the neighbour: 0.5 of the diagonal sqrt(2).
  EXPECT_NEAR(similarity("emd", {1, 0, 0, 0}, {3, 3, 0, 0}, options), 1.0 - 0.5 / std::sqrt(2.0), 1e-6);
  EXPECT_EQ(similarity("emd", {-1, 0, 0, 0}, {3, 3, 0, 0}, options), 0.0);
}

}  // namespace
}  // namespace sightline::comparison

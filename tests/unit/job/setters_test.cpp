#include "job/setters.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "job/parameters.hpp"

namespace sightline::job {
namespace {

/// The message of the error that `work` throws, or an empty text.
std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::ExitCode::usage);
    return error.what();
  }
  return {};
}

TEST(Setters, ListsOfNumbersCompareNumbersAndNotTexts) {
  JobConfig job;
  const auto counts = set_integers({&JobConfig::compare, &CompareConfig::image_counts}, 1, 100);
  counts(job, "64,2,16");
  EXPECT_EQ(job.compare.image_counts, (std::vector<std::int64_t>{64, 2, 16}));
  EXPECT_EQ(refusal([&] { counts(job, "2,16,02"); }), "'02' is named twice");

  const auto resolutions = set_positives({&JobConfig::cluster, &ClusterConfig::resolutions});
  resolutions(job, "1,0.5");
  EXPECT_EQ(job.cluster.resolutions, (std::vector<double>{1.0, 0.5}));
  EXPECT_EQ(refusal([&] { resolutions(job, "1,1.0"); }), "'1.0' is named twice");
  EXPECT_EQ(refusal([&] { resolutions(job, "1,1"); }), "'1' is named twice");

  const auto sigmas = positive_numbers();
  EXPECT_EQ(refusal([&] { sigmas("10,80"); }), "");
  EXPECT_EQ(refusal([&] { sigmas("80,8e1"); }), "'8e1' is named twice");
}

TEST(Setters, ListsOfNumbersAreNotEmpty) {
  JobConfig job;
  const auto counts = set_integers({&JobConfig::compare, &CompareConfig::image_counts}, 1, 100);
  EXPECT_EQ(refusal([&] { counts(job, " , "); }), "needs at least one whole number from 1 to 100");
  EXPECT_EQ(refusal([&] { parse_positives(""); }), "needs at least one number above 0");
}

}  // namespace
}  // namespace sightline::job

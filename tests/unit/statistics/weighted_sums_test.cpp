#include "statistics/weighted_sums.hpp"

#include <array>

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace sightline::statistics {
namespace {

TEST(WeightedSums, AreTheMatrixProduct) {
  const base::NumberStream numbers("sums", 1);
  // Less and more than a tile has, and than a block of images.
  for (const auto& [images, resamples, columns] : {std::array{1, 1, 1}, {7, 5, 16}, {300, 9, 33}, {513, 4, 2}}) {
    SCOPED_TRACE(images);
    DrawCounts draws(static_cast<std::size_t>(images), static_cast<std::size_t>(resamples));
    Eigen::MatrixXd counts = Eigen::MatrixXd::Zero(images, resamples);
    for (int r = 0; r < resamples; ++r) {
      for (int i = 0; i < images; ++i) {
        const auto image =
            numbers.below(static_cast<std::uint64_t>(images), static_cast<std::uint64_t>(r * images + i));
        draws.add(image, static_cast<std::size_t>(r));
        counts(static_cast<Eigen::Index>(image), r) += 1.0;
      }
    }
    const Eigen::MatrixXd values =
        Eigen::MatrixXd::NullaryExpr(images, columns, [&](Eigen::Index row, Eigen::Index of) {
          return numbers.uniform(static_cast<std::uint64_t>(row * columns + of)) - 0.3;
        });
    const auto found = weighted_sums(draws, ImageColumns(values));
    ASSERT_EQ(found.rows(), resamples);
    EXPECT_LT((found - counts.transpose() * values).cwiseAbs().maxCoeff(), 1e-11);
  }
}

}  // namespace
}  // namespace sightline::statistics

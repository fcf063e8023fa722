#pragma once

#include <cstddef>
#include <vector>

#include <Eigen/Core>

namespace sightline::statistics {

/// How often each image is drawn in each of some resamples. Four resamples lie beside each other, image by image, so
/// that the draws of one and the sums of all touch memory in an order that caches like.
class DrawCounts {
 public:
  static constexpr std::size_t together = 4;

  DrawCounts(std::size_t images, std::size_t resamples);

  /// Draws an image once more in a resample, fewer than 2^24 times.
  void add(std::size_t image, std::size_t resample) { counts_[place(image, resample)] += 1.0F; }
  float count(std::size_t image, std::size_t resample) const { return counts_[place(image, resample)]; }

  std::size_t images() const { return images_; }
  std::size_t resamples() const { return resamples_; }
  /// The counts of the resamples together * group to together * (group + 1) - 1: images x together. Those of resamples
  /// that are not are 0.
  const float* group(std::size_t group) const { return &counts_[group * images_ * together]; }
  std::size_t groups() const { return (resamples_ + together - 1) / together; }

 private:
  std::size_t place(std::size_t image, std::size_t resample) const {
    return (resample / together * images_ + image) * together + resample % together;
  }

  std::size_t images_;
  std::size_t resamples_;
  std::vector<float> counts_;
};

/// Columns of one number for each image, laid out for weighted_sums.
class ImageColumns {
 public:
  /// columns: images x columns, finite.
  explicit ImageColumns(const Eigen::MatrixXd& columns);

  std::size_t images() const { return images_; }
  std::size_t columns() const { return columns_; }
  /// Numbers of a row, the last of which are 0.
  std::size_t width() const { return width_; }
  const double* row(std::size_t image) const { return &rows_[image * width_]; }

 private:
  std::size_t images_;
  std::size_t columns_;
  std::size_t width_;
  std::vector<double> rows_;
};

/// The sums over images of count times number, resamples x columns. It is a matrix product, but by vector code that the
/// processor chooses, faster than Eigen's, which is compiled for any processor. Terms are added in the order of the
/// images, in blocks of 256. Counts times similarities of 24 bits, or times their squares, are exact, so that the bits
/// of such sums do not depend on the processor.
Eigen::MatrixXd weighted_sums(const DrawCounts& draws, const ImageColumns& columns);

}  // namespace sightline::statistics

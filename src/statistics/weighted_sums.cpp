#include "statistics/weighted_sums.hpp"

#include <algorithm>
#include <cstring>

namespace sightline::statistics {
namespace {

// The sanitizers' build follows every block, also in the function that chooses, which runs before anything can be
// called.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define SIGHTLINE_SUMS __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define SIGHTLINE_SUMS
#endif

/// GCC's vector extension: elementwise arithmetic, which the compiler maps to the available registers.
using Doubles = double __attribute__((vector_size(64)));

constexpr std::size_t lanes = sizeof(Doubles) / sizeof(double);
constexpr std::size_t columns_at_once = 2 * lanes;
constexpr std::size_t resamples_at_once = DrawCounts::together;
constexpr std::size_t images_at_once = 256;

/// Adds `images` images to the sums of 4 resamples and 16 columns. Rows of `columns` and of `sums` have `width`
/// numbers.
SIGHTLINE_SUMS void add_tile(const float* counts, const double* columns, std::size_t width, std::size_t images,
                             double* sums) {
  Doubles tile[resamples_at_once][2] = {};
  for (std::size_t image = 0; image < images; ++image) {
    Doubles values[2];
    std::memcpy(values, columns + image * width, sizeof values);
    for (std::size_t r = 0; r < resamples_at_once; ++r) {
      const double count = double{counts[image * resamples_at_once + r]};
      tile[r][0] += count * values[0];
      tile[r][1] += count * values[1];
    }
  }
  for (std::size_t r = 0; r < resamples_at_once; ++r) {
    Doubles all[2];
    std::memcpy(all, sums + r * width, sizeof all);
    all[0] += tile[r][0];
    all[1] += tile[r][1];
    std::memcpy(sums + r * width, all, sizeof all);
  }
}

}  // namespace

DrawCounts::DrawCounts(std::size_t images, std::size_t resamples)
    : images_(images), resamples_(resamples), counts_(groups() * images * together, 0.0F) {}

ImageColumns::ImageColumns(const Eigen::MatrixXd& columns)
    : images_(static_cast<std::size_t>(columns.rows())),
      columns_(static_cast<std::size_t>(columns.cols())),
      width_((columns_ + columns_at_once - 1) / columns_at_once * columns_at_once),
      rows_(images_ * width_) {
  for (std::size_t column = 0; column < columns_; ++column) {
    for (std::size_t image = 0; image < images_; ++image) {
      rows_[image * width_ + column] = columns(static_cast<Eigen::Index>(image), static_cast<Eigen::Index>(column));
    }
  }
}

Eigen::MatrixXd weighted_sums(const DrawCounts& draws, const ImageColumns& columns) {
  const auto width = columns.width();
  std::vector<double> sums(draws.groups() * resamples_at_once * width, 0.0);
  for (std::size_t first = 0; first < draws.images(); first += images_at_once) {
    const auto images = std::min(images_at_once, draws.images() - first);
    for (std::size_t column = 0; column < width; column += columns_at_once) {
      for (std::size_t group = 0; group < draws.groups(); ++group) {
        add_tile(draws.group(group) + first * resamples_at_once, columns.row(first) + column, width, images,
                 &sums[group * resamples_at_once * width + column]);
      }
    }
  }
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor, 0, Eigen::OuterStride<>>(sums.data(), static_cast<Eigen::Index>(draws.resamples()),
                                                             static_cast<Eigen::Index>(columns.columns()),
                                                             Eigen::OuterStride<>(static_cast<Eigen::Index>(width)));
}

}  // namespace sightline::statistics

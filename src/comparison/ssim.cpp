#include <cmath>

#include <fmt/format.h>

#include "comparison/metrics.hpp"

namespace sightline::comparison {
namespace {

constexpr Eigen::Index window = 7;

/// The sum over each window that lies inside the map: (side - 6) x (side - 6).
Eigen::ArrayXXd window_sums(const Eigen::ArrayXXd& values) {
  const auto rows = values.rows() - window + 1;
  const auto columns = values.cols() - window + 1;
  Eigen::ArrayXXd down = values.topRows(rows);
  for (Eigen::Index i = 1; i < window; ++i) {
    down += values.middleRows(i, rows);
  }
  Eigen::ArrayXXd sums = down.leftCols(columns);
  for (Eigen::Index i = 1; i < window; ++i) {
    sums += down.middleCols(i, columns);
  }
  return sums;
}

/// One map with its local statistics, which are computed once for all pairs.
struct LocalStatistics {
  Eigen::ArrayXXd values;    ///< side x side
  Eigen::ArrayXXd mean;      ///< of each window
  Eigen::ArrayXXd variance;  ///< unbiased (n - 1) variance of each window
};

class Ssim : public Metric {
 public:
  std::string name() const override { return "ssim"; }

  Eigen::MatrixXd compare(const ImageMaps& maps) const override {
    const auto models = maps.pixels.cols();
    const auto side = static_cast<Eigen::Index>(std::lround(std::sqrt(static_cast<double>(maps.pixels.rows()))));
    std::vector<LocalStatistics> local;
    for (Eigen::Index m = 0; m < models; ++m) {
      const Eigen::ArrayXXd values =
          Eigen::Map<const Eigen::ArrayXXf>(maps.pixels.col(m).data(), side, side).cast<double>();
      const Eigen::ArrayXXd mean = window_sums(values) / area;
      local.push_back({values, mean, (window_sums(values.square()) / area - mean.square()) * unbiased});
    }
    Eigen::MatrixXd result(models, models);
    for (Eigen::Index a = 0; a < models; ++a) {
      for (Eigen::Index b = a; b < models; ++b) {
        result(a, b) = result(b, a) =
            mean_ssim(local[static_cast<std::size_t>(a)], local[static_cast<std::size_t>(b)], maps.range);
      }
    }
    return result;
  }

 private:
  static constexpr double area = static_cast<double>(window * window);
  static constexpr double unbiased = area / (area - 1.0);

  static double mean_ssim(const LocalStatistics& x, const LocalStatistics& y, double range) {
    const double c1 = (0.01 * range) * (0.01 * range);
    const double c2 = (0.03 * range) * (0.03 * range);
    const Eigen::ArrayXXd covariance = (window_sums(x.values * y.values) / area - x.mean * y.mean) * unbiased;
    const auto above = (2.0 * x.mean * y.mean + c1) * (2.0 * covariance + c2);
    const auto below = (x.mean.square() + y.mean.square() + c1) * (x.variance + y.variance + c2);
    return (above / below).mean();
  }
};

}  // namespace

/// The mean structural similarity index (Wang et al., IEEE TIP 2004), in [-1, 1], as
/// skimage.metrics.structural_similarity computes it by default: uniform windows of 7 x 7 pixels, sample covariance, K1
/// = 0.01, K2 = 0.03. The data range is 1, or 2 for signed maps.
MetricSpec ssim() {
  MetricSpec spec{"ssim", {}, [](const job::ParameterValues& /*none*/) { return one_metric<Ssim>(); }};
  spec.smallest_maps = [](const job::ParameterValues& /*none*/) {
    return SmallestMaps{window, fmt::format("whose windows are {} x {} pixels", window, window)};
  };
  return spec;
}

}  // namespace sightline::comparison

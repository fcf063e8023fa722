#include <cmath>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "comparison/metrics.hpp"

namespace sightline::comparison {
namespace {

class Emd : public Metric {
 public:
  explicit Emd(int grid) : grid_(grid) {}
  std::string name() const override { return "emd"; }

  Eigen::MatrixXd compare(const ImageMaps& maps) const override {
    const auto models = maps.pixels.cols();
    std::vector<cv::Mat> signatures;
    for (Eigen::Index m = 0; m < models; ++m) {
      signatures.push_back(signature(maps.pixels.col(m)));
    }
    const double diagonal = std::sqrt(2.0) * (grid_ - 1);
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(models, models);
    for (Eigen::Index a = 0; a < models; ++a) {
      for (Eigen::Index b = a; b < models; ++b) {
        const auto& x = signatures[static_cast<std::size_t>(a)];
        const auto& y = signatures[static_cast<std::size_t>(b)];
        if (!x.empty() && !y.empty()) {
          result(a, b) = result(b, a) = a == b ? 1.0 : 1.0 - double{cv::EMD(x, y, cv::DIST_L2)} / diagonal;
        }
      }
    }
    return result;
  }

 private:
  /// The map as cv::EMD's signature: a row (mass, row, column) for each cell with mass, where the masses have the
  /// sum 1. Empty if the map has no positive value.
  cv::Mat signature(const Eigen::VectorXf& values) const {
    const auto side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(values.size()))));
    const Eigen::VectorXf positive = values.cwiseMax(0.0F);
    const cv::Mat pixels(side, side, CV_32F, const_cast<float*>(positive.data()));
    cv::Mat cells;
    cv::resize(pixels, cells, {grid_, grid_}, 0, 0, cv::INTER_AREA);
    const double total = cv::sum(cells)[0];
    cv::Mat rows;
    for (int row = 0; total > 0.0 && row < grid_; ++row) {
      for (int column = 0; column < grid_; ++column) {
        if (const float mass = cells.at<float>(row, column); mass > 0.0F) {
          rows.push_back(cv::Mat(
              cv::Matx13f(static_cast<float>(mass / total), static_cast<float>(row), static_cast<float>(column))));
        }
      }
    }
    return rows;
  }

  int grid_;
};

}  // namespace

/// 1 - D / L, where D is the earth mover's distance (Rubner et al., IJCV 2000) between the positive parts of the maps,
/// averaged over the cells of a square grid and scaled to sum 1, and L is the length of the grid's diagonal. In [0, 1];
/// 0 if a map has no positive value.
MetricSpec emd() {
  MetricSpec spec{
      "emd",
      {{"emd-grid", "CELLS", "7", "cells per side of the grid on which the earth mover's distance is computed",
        job::whole_number(2, 16)}}};
  spec.build = [](const job::ParameterValues& parameters) {
    return one_metric<Emd>(static_cast<int>(parameters.integer("emd-grid")));
  };
  spec.smallest_maps = [](const job::ParameterValues& parameters) {
    const auto cells = parameters.integer("emd-grid");
    return SmallestMaps{cells, fmt::format("whose grid has {} cells per side (compare.emd-grid)", cells)};
  };
  return spec;
}

}  // namespace sightline::comparison

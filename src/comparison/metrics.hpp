#pragma once

#include <memory>
#include <string>
#include <vector>

#include "comparison/metric.hpp"

/// The metrics, each in a file of its name. A new one: a line here and a line in metrics.cpp.
namespace sightline::comparison {

/// What a job says about metrics.
struct MetricOptions {
  std::vector<double> rbf_sigma = {80.0};
  std::vector<std::vector<double>> kappa_thresholds = {{0.5}};  ///< each list of thresholds is a metric
  double topk_share = 0.2;                                      ///< of the pixels, in (0, 1)
  int emd_grid = 7;                                             ///< cells of a side
};

/// One or more, when an option lists several values.
using Metrics = std::vector<std::unique_ptr<Metric>>;

/// x.y / max(|x| |y|, 1e-8): 0 with a blank map.
Metrics cosine(const MetricOptions& options);
/// exp(-|x - y|^2 / (2 sigma^2)), in (0, 1]. Named rbf, or rbf10, rbf80 when several sigmas are given.
Metrics rbf(const MetricOptions& options);
/// Cohen's kappa of pixel classes: a pixel's class is the number of thresholds that it exceeds. In [-1, 1]; 0 where
/// both maps are of one class throughout. Named kappa, or kappa_0.5, kappa_0.4_0.7 when several lists are given.
/// Pooled: one kappa over the pixels of all images, as in the study.
Metrics kappa(const MetricOptions& options);
/// Mean structural similarity (Wang et al. 2004) as skimage.metrics.structural_similarity computes it by default: 7 x 7
/// uniform window, sample covariance, K1 = 0.01, K2 = 0.03; data range 1, or 2 for signed maps.
Metrics ssim(const MetricOptions& options);
/// Rank correlation of pixels, ties by average rank, in [-1, 1]; 0 with a map of one value throughout.
Metrics spearman(const MetricOptions& options);
/// Intersection over union of the pixels with the largest values (`topk_share` of them; of equal ones the first), in
/// [0, 1]; 0 with a map without positive values.
Metrics topk_iou(const MetricOptions& options);
/// 1 - the earth mover's distance between the positive parts, averaged over `emd_grid` x `emd_grid` cells and scaled to
/// sum 1, in units of the grid's diagonal. In [0, 1]; 0 with a map without positive values.
Metrics emd(const MetricOptions& options);

/// The metrics called `names`. Throws base::Error(usage) with the nearest name.
Metrics make_metrics(const std::vector<std::string>& names, const MetricOptions& options);
bool any_needs_pixels(const Metrics& metrics);

}  // namespace sightline::comparison

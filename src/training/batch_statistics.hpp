#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>

#include "models/layers/rules.hpp"
#include "models/weights/parameters.hpp"

namespace sightline::training {

/// BatchNorm in training mode (Ioffe and Szegedy, arXiv 1502.03167): activations are normalised by the mean and the
/// biased variance of the whole batch, whose images may be distributed over ranks as with torch.nn.SyncBatchNorm. An
/// object serves one call of loss_gradient, for its forward and its backward pass.
class BatchStatistics : public models::Rules {
 public:
  /// Replaces each number by its sum over all ranks. It is collective: every rank calls it equally often, with the same
  /// number of numbers.
  using Sum = std::function<void(std::span<double>)>;

  /// trained: the names of the trained parameters; norms whose weight is not among them use their running statistics.
  /// The set must outlive this object. images: how many of the images of the pass, from the first on, belong to the
  /// batch. A rank without images of the batch runs the pass on one image that does not count, with images = 0.
  BatchStatistics(Sum sum, const std::set<std::string>& trained, std::int64_t images)
      : sum_(std::move(sum)), trained_(trained), images_(images) {}

  bool folds_norms() const override { return false; }
  at::Tensor norm(const at::Tensor& x, const models::NormStep& step) const override;

  /// Updates the running statistics in `parameters` after the pass, as PyTorch does: running = 0.9 * running + 0.1 *
  /// that of the batch, with the unbiased variance.
  void update(models::NamedTensors& parameters) const;

 private:
  /// The moments of an activation's channels over the whole batch.
  struct Moments {
    at::Tensor mean;      ///< C, float64
    at::Tensor variance;  ///< C, float64, biased
    double count;         ///< number of values per channel, over all ranks
  };
  Moments moments(const at::Tensor& x) const;

  Sum sum_;
  const std::set<std::string>& trained_;
  std::int64_t images_;
  mutable std::map<std::string, Moments> batch_moments_;  ///< by the norm's module path; filled during the pass
};

/// Whether the name of a parameter is that of a running mean or a running variance of BatchNorm.
bool is_running_statistic(const std::string& name);

}  // namespace sightline::training

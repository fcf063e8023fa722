#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>

#include "models/layers/rules.hpp"
#include "models/weights/parameters.hpp"

namespace sightline::training {

/// BatchNorm in training mode: normalises by the mean and the biased variance of the whole batch, which may be shared
/// out over ranks (Ioffe and Szegedy, arXiv 1502.03167; torch.nn.SyncBatchNorm). For one pass of `loss_gradient`,
/// forward and back.
class BatchStatistics : public models::Rules {
 public:
  /// Adds up numbers over all ranks, in place. Called as often, with as many numbers, on every rank.
  using Sum = std::function<void(std::span<double>)>;

  /// `trained`: parameters; norms whose weight is not among them keep their running statistics.
  /// `pictures`: how many of the images given to the pass belong to the batch, from the first on; a rank without any
  /// takes part with one that does not count.
  BatchStatistics(Sum sum, const std::set<std::string>& trained, std::int64_t pictures)
      : sum_(std::move(sum)), trained_(trained), pictures_(pictures) {}

  bool folds_norms() const override { return false; }
  at::Tensor norm(const at::Tensor& x, const models::NormStep& step) const override;

  /// After the pass: moves the running statistics in `parameters` a tenth of the way to the batch's (torch's momentum
  /// of 0.1; the variance unbiased, as torch).
  void update(models::NamedTensors& parameters) const;

 private:
  struct Moments {
    at::Tensor mean;  ///< C, float64
    at::Tensor variance;
    double values;  ///< of a channel, on all ranks
  };
  Moments moments(const at::Tensor& x) const;

  Sum sum_;
  const std::set<std::string>& trained_;
  std::int64_t pictures_;
  mutable std::map<std::string, Moments> seen_;  ///< by module; filled while the pass runs
};

/// Whether a parameter is one of BatchNorm's running statistics.
bool is_statistic(const std::string& name);

}  // namespace sightline::training

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include <ATen/core/Tensor.h>

#include "models/layers/rules.hpp"
#include "models/model.hpp"
#include "models/weights/parameters.hpp"

/// Gradient descent on the parameters of a zoo model.
namespace sightline::training {

/// The loss and its gradient over some images.
struct Gradient {
  double loss = 0.0;             ///< sum of the cross entropies
  models::NamedTensors tensors;  ///< by parameter, of that sum; only of those that are trained
};

/// The names of the parameters that are trained: those of the classifier, of the last `blocks` blocks and what follows
/// them, or all (`blocks` < 0). Never BatchNorm's running statistics. Throws base::Error(usage) when the model has
/// fewer blocks.
std::set<std::string> trained_parameters(const models::ModelSpec& spec, const models::NamedTensors& parameters,
                                         std::int64_t blocks);

/// Runs the model on images (N x 3 x H x W, normalised, channels-last; of the same numbers and on the same device as
/// the parameters, float32 or float64) and back. The network is built anew around `parameters`, so that whatever it
/// folds or rearranges when it is built is part of the graph; dropout and stochastic depth are off. `labels`: N class
/// indices, int64; images of the class -100 add nothing. `label_smoothing`: share of the target that is spread over all
/// classes. `rules`: models::Rules, with which BatchNorm uses its running statistics, or BatchStatistics.
Gradient loss_gradient(const models::ModelSpec& spec, const models::NamedTensors& parameters,
                       const std::set<std::string>& trained, const at::Tensor& images, const at::Tensor& labels,
                       double label_smoothing, const models::Rules& rules);

/// How a gradient becomes a step.
struct OptimizerSettings {
  enum class Kind { sgd, adamw } kind = Kind::sgd;
  double momentum = 0.9;       ///< of SGD; Adam's betas are 0.9 and 0.999, its epsilon 1e-8
  double weight_decay = 1e-4;  ///< not on biases, norms and other one-dimensional parameters, as timm
};

/// torch.optim.SGD (momentum) or AdamW (Loshchilov and Hutter, arXiv 1711.05101), step by step.
class Optimizer {
 public:
  explicit Optimizer(const OptimizerSettings& settings) : settings_(settings) {}

  /// Changes `parameters` in place.
  void step(models::NamedTensors& parameters, const models::NamedTensors& gradients, double learning_rate);

  /// What it remembers between steps, by name; `restore` takes it back.
  const models::NamedTensors& state() const { return state_; }
  std::int64_t steps() const { return steps_; }
  void restore(models::NamedTensors state, std::int64_t steps);

 private:
  at::Tensor& remembered(const std::string& name, const at::Tensor& like);

  OptimizerSettings settings_;
  models::NamedTensors state_;
  std::int64_t steps_ = 0;
};

/// Linear warm-up over the first `warmup` of `steps`, then half a cosine down to 0 (SGDR without restarts, arXiv
/// 1608.03983). `step` from 0.
double learning_rate(double highest, std::int64_t step, std::int64_t steps, std::int64_t warmup);

}  // namespace sightline::training

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include <ATen/core/Tensor.h>

#include "models/layers/rules.hpp"
#include "models/model.hpp"
#include "models/weights/parameters.hpp"

/// Fine-tuning: gradient descent on the parameters of a zoo model.
namespace sightline::training {

/// The loss of a batch of images, and its gradient.
struct Gradient {
  double loss = 0.0;             ///< sum of the images' cross entropies
  models::NamedTensors tensors;  ///< gradient of the loss by name of the trained parameter
};

/// The names of the parameters that are trained: those of the last `blocks` blocks (Network::blocks) and of all modules
/// behind them, only those of the classifier if blocks = 0, or all if blocks < 0. BatchNorm's running statistics are
/// not among them. parameters: all parameters of the model. Throws base::Error(usage) if the model has fewer blocks.
std::set<std::string> trained_parameters(const models::ModelSpec& spec, const models::NamedTensors& parameters,
                                         std::int64_t blocks);

/// Computes the sum of the cross entropies of a batch and its gradient with respect to the trained parameters. The
/// network is built from `parameters` in each call, so that operations on the weights when it is built are
/// differentiated too. Dropout and stochastic depth are off.
///
/// images: N x 3 x H x W, normalised, channels-last, float32 or float64, with the device and the precision of the
/// parameters. labels: N class indices, int64; images with the label -100 do not count. label_smoothing: share of the
/// target probability that is distributed evenly over all classes, in [0, 1]. rules: models::Rules, with which
/// BatchNorm uses its running statistics, or BatchStatistics.
Gradient loss_gradient(const models::ModelSpec& spec, const models::NamedTensors& parameters,
                       const std::set<std::string>& trained, const at::Tensor& images, const at::Tensor& labels,
                       double label_smoothing, const models::Rules& rules);

/// The algorithm and the hyperparameters of an Optimizer.
struct OptimizerSettings {
  enum class Kind { sgd, adamw } kind = Kind::sgd;
  double momentum = 0.9;       ///< of SGD; AdamW has betas of 0.9 and 0.999, and an epsilon of 1e-8
  double weight_decay = 1e-4;  ///< as in timm, it is not applied to biases, norms and other one-dimensional parameters
};

/// Stochastic gradient descent with momentum, or AdamW (Loshchilov and Hutter, arXiv 1711.05101). The steps are those
/// of torch.optim.SGD and torch.optim.AdamW.
class Optimizer {
 public:
  explicit Optimizer(const OptimizerSettings& settings) : settings_(settings) {}

  /// Takes one step: updates, in place, the parameters that `gradients` has an entry for. gradients: of the mean loss,
  /// by name of the parameter.
  void step(models::NamedTensors& parameters, const models::NamedTensors& gradients, double learning_rate);

  /// The state between steps: the momentum (SGD) or the moments (AdamW) of each parameter, by name.
  const models::NamedTensors& state() const { return state_; }
  /// The number of steps taken.
  std::int64_t steps() const { return steps_; }
  /// Continues from the state after `steps` steps, for example one read from a checkpoint.
  void restore(models::NamedTensors state, std::int64_t steps);

 private:
  /// The tensor `name` of the state. It is created with the shape of `like` and the value 0 when first used.
  at::Tensor& state_tensor(const std::string& name, const at::Tensor& like);

  OptimizerSettings settings_;
  models::NamedTensors state_;
  std::int64_t steps_ = 0;
};

/// The learning rate of step `step` (from 0) of `steps`: it rises linearly to max_rate over the first `warmup` steps
/// and then falls to 0 along half a cosine (Loshchilov and Hutter, arXiv 1608.03983, without restarts).
double learning_rate(double max_rate, std::int64_t step, std::int64_t steps, std::int64_t warmup);

}  // namespace sightline::training

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

namespace sightline::models {

class ConvNorm;
class Rules;

/// One forward pass and the activations that are requested from it by module path. The pass runs without recording
/// gradients up to the first activation whose gradient is requested. This activation becomes a leaf, and the pass is
/// recorded from there to the logits. The backward pass of a CAM therefore costs only the part of the model behind its
/// layer.
///
/// A Pass switches PyTorch's gradient mode off when it is constructed, and restores it when it is destroyed. Layers
/// talk to it through `tap`, `overridden` and `rules`.
class Pass {
 public:
  /// A plain forward pass.
  Pass() : Pass(std::vector<std::string>{}) {}
  /// wanted: module paths (see Model::layers) whose activation and gradient are requested. watched: module paths whose
  /// activation is requested, but not the gradient; recording does not start there.
  explicit Pass(std::vector<std::string> wanted, std::vector<std::string> watched = {});
  /// A pass whose backward steps follow `rules`, which must outlive it.
  explicit Pass(const Rules& rules) : Pass() { rules_ = &rules; }
  ~Pass();
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  /// Whether the activation of this module is requested.
  bool wants(const std::string& path) const;
  /// Whether the activation of this module or of a module inside it is requested.
  bool wants_below(const std::string& module) const;
  /// Called by a layer with the output of the module `path`. Registers it if it is requested, and returns the tensor
  /// that the next layer must use.
  at::Tensor tap(const std::string& path, at::Tensor output);
  /// Starts recording here: for gradients with respect to the input, and for networks that compute all layers in one
  /// call.
  void start_recording() {
    recording_ = true;
    at::GradMode::set_enabled(true);
  }
  /// Replaces the output of one layer by `output`. The layer then ignores the values of its input.
  void override_output(const ConvNorm& layer, const at::Tensor& output) { override_ = {&layer, output}; }
  /// The replaced output of this layer, or nullptr when the layer must compute its own.
  const at::Tensor* overridden(const ConvNorm& layer) const {
    return override_.first == &layer ? &override_.second : nullptr;
  }
  /// The rules of the backward pass, or nullptr for the chain rule. Only under the chain rule may layers fuse steps.
  const Rules* rules() const { return rules_; }
  /// Registers an activation that a network computed while recording, without calling `tap`.
  void register_activation(const std::string& path, const at::Tensor& activation) { activations_[path] = activation; }
  /// Whether a tensor shares memory with a registered activation, so that it must not be written in place.
  bool must_preserve(const at::Tensor& activation) const;
  /// Whether the pass is recorded, so that the following steps must be differentiable.
  bool recording() const { return recording_; }

  /// The registered activation of a requested module. Throws std::out_of_range when the pass did not reach the module.
  const at::Tensor& activation(const std::string& path) const { return activations_.at(path); }

 private:
  bool outer_grad_mode_;
  std::vector<std::string> wanted_;
  std::vector<std::string> watched_;
  const Rules* rules_ = nullptr;
  std::pair<const ConvNorm*, at::Tensor> override_;
  bool recording_ = false;
  std::map<std::string, at::Tensor> activations_;
};

}  // namespace sightline::models

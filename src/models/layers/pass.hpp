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

/// One forward pass and the activations wanted from it, by module path. The pass runs without gradients up to the first
/// wanted activation, which becomes a leaf; from there to the logits it is recorded, and no further back. So the
/// gradients of a CAM cost only the part of the model behind the layer.
class Pass {
 public:
  /// A plain forward pass.
  Pass() : Pass(std::vector<std::string>{}) {}
  /// `wanted`: module paths (see Model::layers).
  /// `watched`: likewise, but only to be looked at: recording does not start there.
  explicit Pass(std::vector<std::string> wanted, std::vector<std::string> watched = {});
  /// A pass whose steps are recorded by `rules`, which must outlive it.
  explicit Pass(const Rules& rules) : Pass() { rules_ = &rules; }
  ~Pass();
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  bool wants(const std::string& path) const;
  /// Whether the module or anything in it is wanted.
  bool wants_below(const std::string& module) const;
  /// For layers: announces the output of `path`; returns what the next layer is to use.
  at::Tensor tap(const std::string& path, at::Tensor output);
  /// Records from here on: for gradients with respect to the input, and for networks that compute everything in one
  /// call.
  void start_recording() {
    recording_ = true;
    at::GradMode::set_enabled(true);
  }
  /// A layer's output, in place of what it would make of its input, of which then only the shape counts.
  void give(const ConvNorm& layer, const at::Tensor& output) { given_ = {&layer, output}; }
  /// nullptr = the layer is to compute its own.
  const at::Tensor* given(const ConvNorm& layer) const { return given_.first == &layer ? &given_.second : nullptr; }
  /// Nothing = the chain rule, and steps may be fused.
  const Rules* rules() const { return rules_; }
  /// After that: the activation of `path`, somewhere inside what was recorded.
  void keep(const std::string& path, const at::Tensor& activation) { taken_[path] = activation; }
  /// Whether a tensor is an activation that will be asked for: nothing may be written over it.
  bool keeps(const at::Tensor& activation) const;
  /// What follows must be differentiable.
  bool recording() const { return recording_; }

  /// The activation, which gradients reach. Throws std::out_of_range when the pass did not come by it.
  const at::Tensor& activation(const std::string& path) const { return taken_.at(path); }

 private:
  bool outer_grad_mode_;
  std::vector<std::string> wanted_;
  std::vector<std::string> watched_;
  const Rules* rules_ = nullptr;
  std::pair<const ConvNorm*, at::Tensor> given_;
  bool recording_ = false;
  std::map<std::string, at::Tensor> taken_;
};

}  // namespace sightline::models

#pragma once

#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

namespace sightline::models {

/// One forward pass and the activations wanted from it, by module path. The pass runs without gradients up to the first
/// wanted activation, which becomes a leaf; from there to the logits it is recorded, and no further back. So the
/// gradients of a CAM cost only the part of the model behind the layer.
class Pass {
 public:
  /// A plain forward pass.
  Pass() : Pass(std::vector<std::string>{}) {}
  /// `wanted`: module paths (see Model::layers).
  explicit Pass(std::vector<std::string> wanted);
  ~Pass();
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  bool wants(const std::string& path) const;
  /// Whether the module or anything in it is wanted.
  bool wants_below(const std::string& module) const;
  /// For layers: announces the output of `path`; returns what the next layer is to use.
  at::Tensor tap(const std::string& path, at::Tensor output);
  /// For networks that compute everything in one call: records from here on.
  void start_recording() { at::GradMode::set_enabled(true); }
  /// After that: the activation of `path`, somewhere inside what was recorded.
  void keep(const std::string& path, const at::Tensor& activation) { taken_[path] = activation; }
  /// True once a wanted activation has been met: what follows must be differentiable.
  bool recording() const { return !taken_.empty(); }

  /// The activation, which gradients reach. Throws std::out_of_range when the pass did not come by it.
  const at::Tensor& activation(const std::string& path) const { return taken_.at(path); }

 private:
  bool outer_grad_mode_;
  std::vector<std::string> wanted_;
  std::map<std::string, at::Tensor> taken_;
};

}  // namespace sightline::models

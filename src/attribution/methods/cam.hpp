#pragma once

#include <functional>
#include <optional>
#include <string>

#include "attribution/method.hpp"

namespace sightline::attribution {

/// A layer's activation and the gradient of the target's logit, both N x C x h x w -> maps N x h x w.
using CamMap = std::function<at::Tensor(const at::Tensor& activation, const at::Tensor& gradient)>;

/// sum over channels of weight x activation; weights N x C -> N x h x w.
at::Tensor weighted_sum(const at::Tensor& weights, const at::Tensor& activation);

/// A method that makes a map from one layer, which `gradcam.layer` chooses, as pytorch-grad-cam 1.5 computes it. Stored
/// raw, before ReLU and scaling, at the layer's own grid. One forward pass plus the backward pass from the logits to
/// the layer, shared with all other CAMs of the job. `title` and `paper` as in MethodSpec.
MethodSpec cam_method(const std::string& name, const std::string& title, const std::string& paper, const CamMap& map);

/// The layer of a CAM and what is done to it first.
class CamLayer {
 public:
  CamLayer(const job::JobConfig& job, const models::Model& model);

  const std::string& path() const { return path_; }
  /// N x C x h x w; cell [0, 6] repaired where the job or the model asks for it (ModelSpec::fix_corner).
  at::Tensor activation(Subject& subject) const { return repaired(subject, subject.layer(path_).activation); }
  at::Tensor gradient(Subject& subject) const { return repaired(subject, subject.layer(path_).gradient); }
  std::map<std::string, std::string> parameters() const;

 private:
  at::Tensor repaired(Subject& subject, const at::Tensor& grid) const;

  std::string path_;
  std::optional<bool> fix_corner_;
};

}  // namespace sightline::attribution

#pragma once

#include <functional>
#include <optional>
#include <string>

#include "attribution/method.hpp"

namespace sightline::attribution {

/// Computes maps, N x h x w, from a layer's activation and the gradient of the target's logit with respect to it, both
/// N x C x h x w.
using CamMap = std::function<at::Tensor(const at::Tensor& activation, const at::Tensor& gradient)>;

/// The sum over the channels of weight times activation. weights: N x C; activation: N x C x h x w; result: N x h x w.
at::Tensor weighted_sum(const at::Tensor& weights, const at::Tensor& activation);

/// A class activation map (CAM) of the layer that the option `gradcam.layer` chooses, as pytorch-grad-cam 1.5 computes
/// it. The map is stored raw, before ReLU and scaling, on the layer's own grid. All CAMs of a job share one forward
/// pass and the backward pass from the logits to the layer. name, title, paper: as in MethodSpec.
MethodSpec cam_method(const std::string& name, const std::string& title, const std::string& paper, const CamMap& map);

/// The layer of a CAM, with the repair of its corner cell that the study applied to one model.
class CamLayer {
 public:
  /// Throws base::Error(usage) when the model does not have the layer.
  CamLayer(const job::JobConfig& job, const models::Model& model);

  const std::string& path() const { return path_; }
  /// The layer's activation, N x C x h x w. Cell [0, 6] is replaced by the mean of the others where the job or the
  /// model asks for it (ModelSpec::fix_corner). Throws base::Error(usage) when the job asks for it and the grid does
  /// not have that cell.
  at::Tensor activation(Subject& subject) const { return repaired(subject, subject.layer(path_).activation); }
  /// The gradient of the target's logit, in the same shape and with the same repair.
  at::Tensor gradient(Subject& subject) const { return repaired(subject, subject.layer(path_).gradient); }
  /// The layer and the repair as stored parameters.
  std::map<std::string, std::string> parameters() const;

 private:
  at::Tensor repaired(Subject& subject, const at::Tensor& grid) const;

  std::string path_;
  std::optional<bool> fix_corner_;
};

}  // namespace sightline::attribution

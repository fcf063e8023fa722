#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attribution/coalitions/superpixels.hpp"
#include "base/random.hpp"
#include "images/formats/image.hpp"
#include "job/job_config.hpp"
#include "models/model.hpp"

namespace sightline::attribution {

/// A batch of images as input of a model, with their labels and ids.
struct Batch {
  at::Tensor inputs;                 ///< N x 3 x H x W float32, normalised, channels-last, on the model's device
  std::vector<std::int64_t> labels;  ///< N class indices, -1 = unknown
  /// N names that seed the random numbers of each image: a draw depends on the image's name and the job's seed, but not
  /// on the rest of the batch. May be empty.
  std::vector<std::string> ids = {};
  std::vector<const images::Image*> pictures = {};  ///< the N decoded images, H x W; only SLIC superpixels need them
};

/// What the methods of a job ask of every batch.
struct BatchRequest {
  job::Target target;                     ///< the rule that chooses the class to explain
  std::vector<std::string> layers = {};   ///< module paths whose activation and gradient are needed
  std::vector<std::string> watched = {};  ///< module paths whose output is needed, but not the gradient
  std::uint64_t seed = 1;                 ///< the job's seed
  std::int64_t pass_size = 8;             ///< the largest number of images in one forward pass
  SuperpixelCache* cache = nullptr;       ///< superpixels shared by the models of a work unit; may be null
  std::string crop = {};                  ///< the crop part of the superpixels' name (SuperpixelRule::key)
  models::Model* masked_model = nullptr;  ///< the model that masked images are passed through; null = the explained one
  /// Called before every pass through a model, with the number of images in it, and whether it will be followed by a
  /// backward pass. What it throws ends the method that is at work. May be empty.
  std::function<void(std::int64_t images, bool backward)> before_pass = {};
};

/// A layer's output and the gradient of the targets' logits with respect to it; both N x C x h x w, float32.
struct LayerState {
  at::Tensor activation;
  at::Tensor gradient;
};

/// A batch of images together with the model that is explained, and the results that all methods share: one forward
/// pass for the predictions, targets and layers, and the superpixels. Each result is computed when it is first asked
/// for.
///
/// Methods that perturb images make K variants of them; `owners` (K, int64, on the model's device) holds the index of
/// the image that each variant was made from.
class Subject {
 public:
  /// The model must outlive the subject.
  Subject(models::Model& model, Batch batch, BatchRequest request);

  /// The images first to first + count - 1 as a subject of their own, for which logits, targets and layers are not
  /// computed again. Watched layers whose first axis is not the images are left out.
  Subject part(std::int64_t first, std::int64_t count);

  models::Model& model() { return model_; }
  const at::Tensor& inputs() const { return batch_.inputs; }
  /// The number of images, N.
  std::int64_t images() const { return batch_.inputs.size(0); }
  std::int64_t pass_size() const { return request_.pass_size; }

  /// N x classes, float32, on the CPU.
  const at::Tensor& logits();
  /// The classes to explain: N, int64, on the CPU. Throws base::Error(input) when the model does not have one of them.
  const at::Tensor& targets();
  /// The state of one of the requested `layers`. Throws base::Error(input) when the logits do not depend on the layer.
  const LayerState& layer(const std::string& path);
  /// The output of one of the requested `watched` layers, in the layer's own shape.
  const at::Tensor& watched(const std::string& path);
  /// A layer's output for this batch (tokens or maps) as N x C x h x w, float32 (models::GridRule).
  at::Tensor as_grid(const at::Tensor& output) const;

  /// The owners of variants number `first` to `first + count - 1` when every image has `per_image` variants.
  at::Tensor owners(std::int64_t first, std::int64_t count, std::int64_t per_image) const;
  /// The logit (or softmax probability) of its owner's target for each variant (K x 3 x H x W): K, float32, on the
  /// model's device.
  at::Tensor scores(const at::Tensor& variants, const at::Tensor& owners, bool probability = false);
  /// The same for methods that mask images, which need many passes: computed by `masked_model`.
  at::Tensor masked_scores(const at::Tensor& variants, const at::Tensor& owners, bool probability = false);
  /// The same, where `outputs` are the variants' outputs of the masked model's first layer (models::FirstLayer).
  at::Tensor masked_scores_from_first_layer(const at::Tensor& outputs, const at::Tensor& owners,
                                            bool probability = false);
  /// The model that masked images are passed through (BatchRequest::masked_model).
  models::Model& masked_model() { return request_.masked_model != nullptr ? *request_.masked_model : model_; }
  /// The targets' logits of the unmasked images: N, float32, on the CPU. Comparable with masked_scores, since the same
  /// model computes them.
  at::Tensor whole_scores();
  struct Gradient {
    at::Tensor values;  ///< the gradient of each variant's score, in the shape of what it is taken with respect to
    at::Tensor scores;  ///< the logit of each variant's target: K, float32
  };
  /// The gradients of the scores with respect to the variants (K x 3 x H x W).
  Gradient gradient(const at::Tensor& variants, const at::Tensor& owners);
  /// The gradients of the scores with respect to `outputs`, the outputs of the model's first layer for the variants.
  Gradient gradient_at_first_layer(const at::Tensor& outputs, const at::Tensor& owners);
  /// What the backward pass starts with at each score: 1, as for a gradient, or the score itself, as for relevance.
  enum class Start { one, score };
  /// A backward pass from the scores to the variants that follows `rules` instead of the chain rule.
  Gradient backward_by(const models::Rules& rules, const at::Tensor& variants, const at::Tensor& owners, Start start);
  /// Tells BatchRequest::before_pass of a pass. For methods that run the model themselves.
  void announce(std::int64_t images, bool backward) const;
  /// The target of each variant: K, int64, on the model's device.
  at::Tensor targets_of(const at::Tensor& owners);

  /// The random numbers of one image for one purpose; `purpose` names what they are drawn for.
  base::NumberStream stream(const std::string& purpose, std::int64_t image) const;
  /// The features that `rule` cuts an image into (see superpixels.hpp).
  const Superpixels& superpixels(const SuperpixelRule& rule, std::int64_t image);

 private:
  void run();
  at::Tensor placeholder(std::int64_t count) const;
  at::Tensor scores_of(const at::Tensor& logits, const at::Tensor& owners, bool probability);
  Gradient gradient_at(const at::Tensor& leaf, const at::Tensor& logits, const at::Tensor& owners, Start start);
  Gradient backward(models::Pass& pass, const at::Tensor& variants, const at::Tensor& owners, Start start);

  models::Model& model_;
  Batch batch_;
  BatchRequest request_;
  std::optional<at::Tensor> logits_;
  std::optional<at::Tensor> targets_;
  std::map<std::string, LayerState> layers_;
  std::map<std::string, at::Tensor> watched_;
  SuperpixelCache own_cache_;
};

/// The class to explain of each image, by the rule `target`: N, int64. logits: N x classes; labels: N, -1 = unknown.
/// An image without a predicted class (models::predicted_classes) gets class 0, so that methods can run.
/// Throws base::Error(input) for an unknown label that the rule needs, or for a class that the model does not have.
at::Tensor choose_targets(const job::Target& target, const at::Tensor& logits, const std::vector<std::int64_t>& labels);

/// Splits `total` variants into passes of at most `pass_size`, and calls work(first, count) for each pass.
template <typename Work>
void in_passes(std::int64_t total, std::int64_t pass_size, const Work& work) {
  for (std::int64_t first = 0; first < total; first += pass_size) {
    work(first, std::min(pass_size, total - first));
  }
}

}  // namespace sightline::attribution

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attribution/coalitions/superpixels.hpp"
#include "base/random.hpp"
#include "images/image.hpp"
#include "job/job_config.hpp"
#include "models/model.hpp"

namespace sightline::attribution {

/// Images as a model takes them, with what is known about them.
struct Batch {
  at::Tensor inputs;                 ///< N x 3 x H x W float32, normalised, channels-last, on the model's device
  std::vector<std::int64_t> labels;  ///< N class indices, -1 = unknown
  /// N names for random numbers: a draw depends on the image and the seed, not on its neighbours. May be empty.
  std::vector<std::string> ids = {};
  std::vector<const images::Image*> pictures = {};  ///< N, H x W, for superpixels; may be empty without those
};

/// What a job wants of every batch.
struct View {
  job::Target target;
  std::vector<std::string> layers = {};   ///< whose activation and gradient methods will ask for
  std::vector<std::string> watched = {};  ///< whose output alone they will ask for
  std::uint64_t seed = 1;
  std::int64_t pass_size = 8;           ///< most images in one pass
  SuperpixelCache* cache = nullptr;     ///< shared by the models of a unit of work; may be null
  std::string cut = {};                 ///< how pictures were cut from their files (SuperpixelRule::key)
  models::Model* for_masked = nullptr;  ///< in place of the model where images are masked; null = the model itself
};

/// A layer's output and the gradient of the targets' logits with respect to it, N x C x h x w, float32.
struct LayerState {
  at::Tensor activation;
  at::Tensor gradient;
};

/// A batch of images in front of one model, and what all methods can share of that: one forward pass for predictions,
/// targets and layers, and the superpixels. Everything is made when first asked for.
class Subject {
 public:
  Subject(models::Model& model, Batch batch, View view);

  models::Model& model() { return model_; }
  const at::Tensor& inputs() const { return batch_.inputs; }
  std::int64_t images() const { return batch_.inputs.size(0); }
  std::int64_t pass_size() const { return view_.pass_size; }

  /// N x classes, float32, on the CPU.
  const at::Tensor& logits();
  /// N, int64, on the CPU: the classes to explain. Throws base::Error(input) when one does not exist.
  const at::Tensor& targets();
  /// Throws base::Error(input) when the logits do not depend on the layer.
  const LayerState& layer(const std::string& path);
  /// The output of a watched layer.
  const at::Tensor& watched(const std::string& path);
  /// What a layer gives of this batch, tokens or maps, as N x C x h x w (models::GridRule), float32.
  at::Tensor as_grid(const at::Tensor& output) const;

  /// Which image each of `count` variants starting at number `first` belongs to, `per_image` variants an image; int64
  /// on the model's device.
  at::Tensor owners(std::int64_t first, std::int64_t count, std::int64_t per_image) const;
  /// The logits (or probabilities) of the owners' targets for K variants: K, float32, on the model's device.
  at::Tensor scores(const at::Tensor& variants, const at::Tensor& owners, bool probability = false);
  /// The same for methods that mask images, which need many passes: by the model for that, where the view has one.
  at::Tensor masked_scores(const at::Tensor& variants, const at::Tensor& owners, bool probability = false);
  /// The same, given what the first layer (models::FirstLayer) of that model makes of the variants.
  at::Tensor masked_scores_behind(const at::Tensor& outputs, const at::Tensor& owners, bool probability = false);
  /// The model for masked images.
  models::Model& masked_model() { return view_.for_masked != nullptr ? *view_.for_masked : model_; }
  /// The targets' logits of the whole images, N, float32, on the CPU: to be compared with masked_scores.
  at::Tensor whole_scores();
  /// The gradient of every variant's score (the target's logit) with respect to the variant, K x 3 x H x W, and the
  /// scores.
  struct Gradient {
    at::Tensor values;
    at::Tensor scores;
  };
  Gradient gradient(const at::Tensor& variants, const at::Tensor& owners);
  /// The gradient with respect to what the model's first layer makes of the variants, given that.
  Gradient gradient_behind(const at::Tensor& outputs, const at::Tensor& owners);
  /// The gradient of the variants where the backward pass goes by `rules` instead of the chain rule. It starts with 1
  /// for every score, or with the score itself.
  enum class Start { one, score };
  Gradient backward_by(const models::Rules& rules, const at::Tensor& variants, const at::Tensor& owners, Start start);
  /// Each variant's target, int64 on the model's device.
  at::Tensor targets_of(const at::Tensor& owners);

  /// Random numbers for one purpose and image.
  base::NumberStream stream(const std::string& purpose, std::int64_t image) const;
  /// The features of an image (see superpixels.hpp): H x W, int64, on the CPU, values 0 to count - 1.
  const Superpixels& superpixels(const SuperpixelRule& rule, std::int64_t image);

 private:
  void run();
  at::Tensor like_variants(std::int64_t count) const;
  at::Tensor scores_of(const at::Tensor& logits, const at::Tensor& owners, bool probability);
  Gradient gradient_at(const at::Tensor& leaf, const at::Tensor& logits, const at::Tensor& owners, Start start);
  Gradient backward(models::Pass& pass, const at::Tensor& variants, const at::Tensor& owners, Start start);

  models::Model& model_;
  Batch batch_;
  View view_;
  std::optional<at::Tensor> logits_;
  std::optional<at::Tensor> targets_;
  std::map<std::string, LayerState> layers_;
  std::map<std::string, at::Tensor> watched_;
  SuperpixelCache own_cache_;
};

/// The class of each image that `target` asks for. Throws base::Error(input) for an unknown label or a class the model
/// does not have.
at::Tensor choose_targets(const job::Target& target, const at::Tensor& logits, const std::vector<std::int64_t>& labels);

/// Calls work(first, count) for `total` variants, at most `most` at a time.
template <typename Work>
void in_passes(std::int64_t total, std::int64_t most, const Work& work) {
  for (std::int64_t first = 0; first < total; first += most) {
    work(first, std::min(most, total - first));
  }
}

}  // namespace sightline::attribution

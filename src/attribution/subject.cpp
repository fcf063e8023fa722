#include "attribution/subject.hpp"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/softmax.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/error.hpp"
#include "models/layers/rules.hpp"
#include "models/prediction.hpp"

namespace sightline::attribution {

Subject::Subject(models::Model& model, Batch batch, BatchRequest request)
    : model_(model), batch_(std::move(batch)), request_(std::move(request)) {}

Subject Subject::part(std::int64_t first, std::int64_t count) {
  const auto narrow = [&](const at::Tensor& all) { return all.narrow(0, first, count); };
  const auto slice = [&](const auto& all) {
    return all.empty() ? all : std::decay_t<decltype(all)>(all.begin() + first, all.begin() + first + count);
  };
  Subject part(model_, {narrow(batch_.inputs), slice(batch_.labels), slice(batch_.ids), slice(batch_.pictures)},
               request_);
  part.logits_ = narrow(logits());
  part.targets_ = narrow(targets());
  for (const auto& [path, state] : layers_) {
    part.layers_[path] = {narrow(state.activation), state.gradient.defined() ? narrow(state.gradient) : at::Tensor()};
  }
  for (const auto& [path, output] : watched_) {
    if (output.size(0) == images()) {
      part.watched_[path] = narrow(output);
    }
  }
  return part;
}

const at::Tensor& Subject::logits() {
  if (!logits_) {
    run();
  }
  return *logits_;
}

const at::Tensor& Subject::targets() {
  if (!targets_) {
    run();
  }
  return *targets_;
}

const LayerState& Subject::layer(const std::string& path) {
  if (!logits_) {
    run();
  }
  const auto& state = layers_.at(path);
  if (!state.gradient.defined()) {
    throw base::input_error("gradcam.layer: the logits of {} do not depend on '{}'", model_.spec().id, path);
  }
  return state;
}

const at::Tensor& Subject::watched(const std::string& path) {
  if (watched_.empty()) {
    run();
  }
  return watched_.at(path);
}

at::Tensor Subject::as_grid(const at::Tensor& output) const {
  const auto aspect = static_cast<double>(inputs().size(2)) / static_cast<double>(inputs().size(3));
  return model_.spec().grid.to_grid(output, aspect).to(at::kFloat);
}

void Subject::announce(std::int64_t images, bool backward) const {
  if (request_.before_pass) {
    request_.before_pass(images, backward);
  }
}

void Subject::run() {
  announce(images(), !request_.layers.empty());
  models::Pass pass(request_.layers, request_.watched);
  const auto logits = model_.forward(batch_.inputs, pass);
  logits_ = logits.detach().cpu();
  targets_ = choose_targets(request_.target, *logits_, batch_.labels);
  for (const auto& path : request_.watched) {
    watched_[path] = pass.activation(path).detach();
  }
  if (request_.layers.empty()) {
    return;
  }
  const auto score = logits.gather(1, targets_->to(logits.device()).unsqueeze(1)).sum();
  torch::autograd::variable_list outputs;
  for (const auto& path : request_.layers) {
    outputs.push_back(pass.activation(path));
  }
  const auto gradients = torch::autograd::grad({score}, outputs, {}, std::nullopt, false, /*allow_unused=*/true);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    LayerState state{as_grid(outputs[i].detach()), {}};
    if (gradients[i].defined()) {
      state.gradient = as_grid(gradients[i]);
    }
    layers_[request_.layers[i]] = state;
  }
}

at::Tensor Subject::owners(std::int64_t first, std::int64_t count, std::int64_t per_image) const {
  return at::arange(first, first + count, at::kLong).div_(per_image, "floor").to(inputs().device());
}

at::Tensor Subject::targets_of(const at::Tensor& owners) {
  return targets().to(owners.device()).index_select(0, owners);
}

at::Tensor Subject::scores(const at::Tensor& variants, const at::Tensor& owners, bool probability) {
  announce(variants.size(0), false);
  return scores_of(model_.forward(variants), owners, probability);
}

at::Tensor Subject::masked_scores(const at::Tensor& variants, const at::Tensor& owners, bool probability) {
  announce(variants.size(0), false);
  return scores_of(masked_model().forward(variants), owners, probability);
}

at::Tensor Subject::masked_scores_from_first_layer(const at::Tensor& outputs, const at::Tensor& owners,
                                                   bool probability) {
  announce(outputs.size(0), false);
  models::Pass pass;
  pass.override_output(masked_model().first_layer()->layer(), outputs);
  return scores_of(masked_model().forward(placeholder(outputs.size(0)), pass), owners, probability);
}

/// An input of the variants' shape, for passes whose first layer is overridden.
at::Tensor Subject::placeholder(std::int64_t count) const {
  return inputs().narrow(0, 0, 1).expand({count, -1, -1, -1});
}

at::Tensor Subject::whole_scores() {
  return request_.masked_model != nullptr ? masked_scores(inputs(), owners(0, images(), 1)).cpu()
                                          : logits().gather(1, targets().unsqueeze(1)).squeeze(1);
}

at::Tensor Subject::scores_of(const at::Tensor& logits, const at::Tensor& owners, bool probability) {
  const auto classes = targets_of(owners).unsqueeze(1);
  return (probability ? at::softmax(logits, 1) : logits).gather(1, classes).squeeze(1);
}

Subject::Gradient Subject::gradient(const at::Tensor& variants, const at::Tensor& owners) {
  models::Pass pass;
  return backward(pass, variants, owners, Start::one);
}

Subject::Gradient Subject::gradient_at_first_layer(const at::Tensor& outputs, const at::Tensor& owners) {
  announce(outputs.size(0), true);
  models::Pass pass;
  pass.start_recording();
  const auto leaf = outputs.detach().requires_grad_(true);
  pass.override_output(model_.first_layer()->layer(), leaf);
  return gradient_at(leaf, model_.forward(placeholder(outputs.size(0)), pass), owners, Start::one);
}

Subject::Gradient Subject::backward_by(const models::Rules& rules, const at::Tensor& variants, const at::Tensor& owners,
                                       Start start) {
  models::Pass pass(rules);
  return backward(pass, variants, owners, start);
}

Subject::Gradient Subject::backward(models::Pass& pass, const at::Tensor& variants, const at::Tensor& owners,
                                    Start start) {
  announce(variants.size(0), true);
  pass.start_recording();
  const auto x = variants.detach().requires_grad_(true);
  const auto logits = model_.forward(x, pass);
  if (!logits_ && request_.layers.empty() && request_.watched.empty() &&
      variants.is_same(batch_.inputs)) {  // these are the batch's own logits: no second pass is needed
    logits_ = logits.detach().cpu();
    targets_ = choose_targets(request_.target, *logits_, batch_.labels);
  }
  return gradient_at(x, logits, owners, start);
}

Subject::Gradient Subject::gradient_at(const at::Tensor& leaf, const at::Tensor& logits, const at::Tensor& owners,
                                       Start start) {
  const auto scores = scores_of(logits, owners, /*probability=*/false);
  const auto upper = start == Start::one ? at::ones_like(scores) : scores.detach();
  const auto values = torch::autograd::grad({scores}, {leaf}, {upper}).front();
  return {values, scores.detach()};
}

base::NumberStream Subject::stream(const std::string& purpose, std::int64_t image) const {
  const auto index = static_cast<std::size_t>(image);
  return {batch_.ids.empty() ? purpose : purpose + ":" + batch_.ids[index], request_.seed};
}

const Superpixels& Subject::superpixels(const SuperpixelRule& rule, std::int64_t image) {
  const auto index = static_cast<std::size_t>(image);
  const auto height = inputs().size(2);
  const auto width = inputs().size(3);
  const auto key = rule.key(height, width, request_.crop);
  const auto id = batch_.ids.empty() ? std::to_string(image) : batch_.ids[index];
  auto& cache = request_.cache != nullptr && !batch_.ids.empty() ? *request_.cache : own_cache_;
  const auto found = cache.find({key, id});
  if (found != cache.end()) {
    return found->second;
  }
  auto made = rule.segments == 0 ? grid_features(height, width, rule.rows, rule.columns)
                                 : slic(*batch_.pictures.at(index), rule.segments);
  return cache.emplace(std::pair{key, id}, std::move(made)).first->second;
}

at::Tensor choose_targets(const job::Target& target, const at::Tensor& logits,
                          const std::vector<std::int64_t>& labels) {
  if (target.rule == job::Target::Rule::predicted) {
    return models::predicted_classes(logits).clamp_min(0);
  }
  const auto classes = logits.size(1);
  auto targets = at::empty({logits.size(0)}, at::kLong);
  auto* values = targets.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < logits.size(0); ++i) {
    values[i] = target.rule == job::Target::Rule::index ? target.index : labels[static_cast<std::size_t>(i)];
    if (values[i] < 0 || values[i] >= classes) {
      throw base::input_error(
          "--target {}: class {} does not exist in a model of {} classes{}", target.text(), values[i], classes,
          values[i] < 0 ? " (the image has no label; give a folder of classes or a CSV with labels)" : "");
    }
  }
  return targets;
}

}  // namespace sightline::attribution

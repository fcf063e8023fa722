#include "models/layers/pass.hpp"

#include <algorithm>

namespace sightline::models {
namespace {

bool contains(const std::vector<std::string>& paths, const std::string& path) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

}  // namespace

Pass::Pass(std::vector<std::string> wanted, std::vector<std::string> watched)
    : outer_grad_mode_(at::GradMode::is_enabled()), wanted_(std::move(wanted)), watched_(std::move(watched)) {
  at::GradMode::set_enabled(false);
}

Pass::~Pass() {
  at::GradMode::set_enabled(outer_grad_mode_);
}

bool Pass::wants(const std::string& path) const {
  return contains(wanted_, path) || contains(watched_, path);
}

bool Pass::wants_below(const std::string& module) const {
  const auto below = [&](const std::string& path) { return path.rfind(module + ".", 0) == 0; };
  return wants(module) || std::any_of(wanted_.begin(), wanted_.end(), below) ||
         std::any_of(watched_.begin(), watched_.end(), below);
}

bool Pass::must_preserve(const at::Tensor& activation) const {
  return std::any_of(activations_.begin(), activations_.end(),
                     [&](const auto& entry) { return entry.second.is_alias_of(activation); });
}

at::Tensor Pass::tap(const std::string& path, at::Tensor output) {
  if (!recording() && contains(wanted_, path)) {
    start_recording();
    output = output.detach();
    output.requires_grad_(true);
  }
  if (wants(path)) {
    activations_[path] = output;
  }
  return output;
}

}  // namespace sightline::models

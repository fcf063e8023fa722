#include "models/pass.hpp"

#include <algorithm>

namespace sightline::models {

Pass::Pass(std::vector<std::string> wanted) : outer_grad_mode_(at::GradMode::is_enabled()), wanted_(std::move(wanted)) {
  at::GradMode::set_enabled(false);
}

Pass::~Pass() {
  at::GradMode::set_enabled(outer_grad_mode_);
}

bool Pass::wants(const std::string& path) const {
  return std::find(wanted_.begin(), wanted_.end(), path) != wanted_.end();
}

bool Pass::wants_below(const std::string& module) const {
  return wants(module) || std::any_of(wanted_.begin(), wanted_.end(),
                                      [&](const std::string& path) { return path.rfind(module + ".", 0) == 0; });
}

at::Tensor Pass::tap(const std::string& path, at::Tensor output) {
  if (!wants(path)) {
    return output;
  }
  if (!recording()) {
    at::GradMode::set_enabled(true);
    output = output.detach();
    output.requires_grad_(true);
  }
  taken_[path] = output;
  return output;
}

}  // namespace sightline::models

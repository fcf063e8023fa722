#include "models/kernels/recorded_step.hpp"

#include <algorithm>

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include "models/kernels/kernels.hpp"

namespace sightline::models {
namespace {

class Step : public torch::autograd::Node {
 public:
  explicit Step(Backward backward) : backward_(std::move(backward)) {}

  torch::autograd::variable_list apply(torch::autograd::variable_list&& upper) override { return backward_(upper[0]); }

  void release_variables() override { backward_ = nullptr; }

 private:
  Backward backward_;
};

}  // namespace

at::Tensor recorded_step(const std::vector<at::Tensor>& inputs, const at::Tensor& output, Backward backward) {
  if (std::none_of(inputs.begin(), inputs.end(), kernels::recorded)) {
    return output;
  }
  const auto step = c10::make_intrusive<Step>(std::move(backward));
  step->set_next_edges(torch::autograd::collect_next_edges(inputs));
  auto recorded = output.detach();
  torch::autograd::set_history(recorded, step);
  return recorded;
}

}  // namespace sightline::models

#include "models/kernels/recorded_step.hpp"

#include <algorithm>
#include <memory>
#include <type_traits>

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

/// How this LibTorch owns the nodes of the graph: 2.11 by a shared pointer, 2.15 by an intrusive one.
using NodePointer = decltype(torch::autograd::Edge::function);

/// A template, so that only the branch that exists in this LibTorch is compiled.
template <typename Pointer>
Pointer make_step(Backward backward) {
  if constexpr (std::is_same_v<Pointer, std::shared_ptr<torch::autograd::Node>>) {
    return std::make_shared<Step>(std::move(backward));
  } else {
    return c10::make_intrusive<Step>(std::move(backward));
  }
}

}  // namespace

at::Tensor recorded_step(const std::vector<at::Tensor>& inputs, const at::Tensor& output, Backward backward) {
  if (std::none_of(inputs.begin(), inputs.end(), kernels::recorded)) {
    return output;
  }
  const auto step = make_step<NodePointer>(std::move(backward));
  step->set_next_edges(torch::autograd::collect_next_edges(inputs));
  auto recorded = output.detach();
  torch::autograd::set_history(recorded, step);
  return recorded;
}

}  // namespace sightline::models

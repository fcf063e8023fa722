#include "gradient_case.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include "formula_image.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"
#include "training/batch_statistics.hpp"
#include "training/fine_tune.hpp"

namespace sightline::tests {

GradientCase gradient_case(const std::string& model, int size, int images, at::ScalarType numbers) {
  const auto& spec = models::find_model(model);
  auto parameters = models::load_parameters(*models::open_parameters("synthetic:1", spec), spec);
  for (auto& [name, tensor] : parameters) {
    tensor = tensor.to(numbers);
  }
  const auto trained = training::trained_parameters(spec, parameters, -1);
  std::vector<at::Tensor> pictures;
  for (int k = 0; k < images; ++k) {
    pictures.push_back(formula_input(k, size, spec));
  }
  const auto batch = at::cat(pictures).to(numbers).contiguous(at::MemoryFormat::ChannelsLast);
  const auto labels = at::arange(images, at::kLong) + 7;
  constexpr double label_smoothing = 0.1;
  if (images == 1) {
    const auto gradient =
        training::loss_gradient(spec, parameters, trained, batch, labels, label_smoothing, models::Rules());
    return {spec.id, gradient.loss, gradient.tensors};
  }
  const training::BatchStatistics statistics([](std::span<double>) {}, trained, images);
  const auto gradient = training::loss_gradient(spec, parameters, trained, batch, labels, label_smoothing, statistics);
  statistics.update(parameters);
  GradientCase made{spec.id, gradient.loss, gradient.tensors};
  for (const auto& [name, tensor] : parameters) {
    if (training::is_running_statistic(name)) {
      made.tensors[name] = tensor;
    }
  }
  return made;
}

}  // namespace sightline::tests

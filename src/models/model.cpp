#include "models/model.hpp"

#include <cmath>

#include <c10/util/accumulate.h>

#include "base/error.hpp"
#include "base/find_named.hpp"
#include "base/text.hpp"

namespace sightline::models {

at::Tensor GridRule::to_grid(const at::Tensor& output, double aspect) const {
  if (output.dim() != (layout == Layout::tokens ? 3 : 4)) {
    throw base::input_error("an output of shape [{}] is not a grid", fmt::join(output.sizes().vec(), ", "));
  }
  if (layout == Layout::channels_first) {
    return output;
  }
  if (layout == Layout::channels_last) {
    return output.permute({0, 3, 1, 2});
  }
  const auto tokens = output.size(1) - skip;
  const auto rows = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(tokens) * aspect)));
  const auto columns = rows > 0 ? tokens / rows : 0;
  if (tokens <= 0 || rows * columns != tokens ||
      std::lround(static_cast<double>(columns) * aspect) != static_cast<long>(rows)) {
    throw base::input_error("{} tokens without {} leading ones are not a grid of {} rows to a column", output.size(1),
                            skip, aspect);
  }
  return output.slice(1, skip).reshape({output.size(0), rows, columns, output.size(2)}).permute({0, 3, 1, 2});
}

std::string ModelSpec::architecture() const {
  const std::string prefix = "torchvision_";
  const auto first = id.rfind(prefix, 0) == 0 ? prefix.size() : 0;
  return id.substr(first, id.find('.') - first);
}

std::string ModelSpec::label() const {
  const auto& name = short_name.empty() ? id : short_name;
  return name + (random_share == 0.0 ? "" : fmt::format("@random={}", random_share)) +
         (pooled_layer.empty() ? "" : "@" + pooled_layer);
}

images::Recipe ModelSpec::recipe(bool common) const {
  if (common) {
    return {224, true, 1.0, images::Interpolation::bilinear};
  }
  return {input_size, false, crop_pct, interpolation};
}

Model::Model(const ModelSpec& spec, ParameterSource& parameters, const Placement& placement)
    : spec_(spec), placement_(placement) {
  network_ = spec.build(Builder(parameters, placement, layers_));
  parameters.finish();
}

at::Tensor Model::forward(const at::Tensor& x, Pass& pass) {
  if (spec_.fixed_size && (x.size(2) % spec_.input_size != 0 || x.size(3) % spec_.input_size != 0)) {
    throw base::input_error(
        "{0} takes images and tiles of {1} x {1} only, not {2} x {3}; --transforms model makes them", spec_.id,
        spec_.input_size, x.size(3), x.size(2));
  }
  if (pass.rules() != nullptr && !spec_.file.empty()) {
    throw base::usage_error(
        "a TorchScript model is a single step for this program, so backward rules cannot be applied to its layers");
  }
  return spec_.pooled_layer.empty() ? network_->forward(x.to(placement_.precision), pass).to(at::kFloat) : pooled(x);
}

at::Tensor Model::pooled(const at::Tensor& x) {
  const auto path = resolve_layer(spec_.pooled_layer);
  Pass pass({}, {path});
  network_->forward(x.to(placement_.precision), pass);
  const double aspect = static_cast<double>(x.size(2)) / static_cast<double>(x.size(3));
  return spec_.grid.to_grid(pass.activation(path).to(at::kFloat), aspect).mean(at::IntArrayRef{2, 3});
}

at::Tensor Model::forward(const at::Tensor& x) {
  Pass pass;
  return forward(x, pass);
}

FirstLayer* Model::first_layer() {
  auto* const layer = network_->first_layer();
  if (!first_layer_ && layer != nullptr && FirstLayer::fits(*layer)) {
    first_layer_ = std::make_unique<FirstLayer>(*layer);
  }
  return first_layer_.get();
}

std::string Model::resolve_layer(const std::string& option) const {
  if (layers_.empty()) {
    throw base::usage_error(
        "{}: returns logits only, so there is no layer for a CAM; export it as (features, logits): "
        "analysis/export_model.py --features LAYER",
        spec_.file.string());
  }
  if (option.empty()) {
    return spec_.gradcam_layer;
  }
  if (const auto depth = base::parse_number(option)) {
    if (*depth <= 0.0 || *depth > 1.0) {
      throw base::usage_error("gradcam.layer: the depth {} is not in (0, 1]", option);
    }
    const auto blocks = network_->blocks();
    const auto index = static_cast<std::size_t>(std::ceil(*depth * static_cast<double>(blocks.size()))) - 1;
    return *depth == 1.0 ? spec_.gradcam_layer : blocks[index];
  }
  return base::find_named(layers_, option, [&](const base::UnknownName& unknown) {
    return base::usage_error("gradcam.layer: {} has no layer '{}'.{}", spec_.id, option, unknown.hint());
  });
}

ParameterList list_parameters(const ModelSpec& spec) {
  ParameterList list;
  const auto source = recording_parameters(list.parameters);
  const Model model(spec, *source, {at::kMeta});
  for (const auto& parameter : list.parameters) {
    const bool statistic = parameter.name.ends_with("running_mean") || parameter.name.ends_with("running_var");
    list.count += statistic ? 0 : c10::multiply_integers(parameter.shape);
  }
  return list;
}

}  // namespace sightline::models

#include "models/zoo/torchscript.hpp"

#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "models/weights/parameters.hpp"

namespace sightline::models {
namespace {

constexpr auto features_layer = "features";

/// Throws base::Error(input) for a parameter or buffer with values that are NaN or infinite.
void require_finite(const torch::jit::Module& module, const std::filesystem::path& file) {
  const auto check = [&](const std::string& name, const at::Tensor& values) {
    if (const auto count = values.is_floating_point() ? count_nonfinite(values) : 0; count > 0) {
      throw base::input_error(
          "{}: values are NaN or infinite in '{}' ({} of {}); --allow-nonfinite-weights on takes them", file.string(),
          name, count, values.numel());
    }
  };
  for (const auto& parameter : module.named_parameters()) {
    check(parameter.name, parameter.value);
  }
  for (const auto& buffer : module.named_buffers()) {
    check(buffer.name, buffer.value);
  }
}

torch::jit::Module load(const ModelSpec& spec, const Placement& placement) {
  const auto& file = spec.file;
  if (!base::is_file(file)) {
    throw base::input_error("{}: no such file", file.string());
  }
  try {
    auto module = torch::jit::load(file.string(), placement.device);
    module.eval();
    if (!spec.allow_nonfinite_weights) {
      require_finite(module, file);
    }
    module.to(placement.precision);
    for (const auto& parameter : module.parameters()) {
      parameter.requires_grad_(false);
    }
    return module;
  } catch (const c10::Error& error) {
    throw base::input_error("{}: is not a TorchScript file that this LibTorch can load: {}", file.string(),
                            error.what_without_backtrace());
  }
}

class TorchScriptNetwork : public Network {
 public:
  TorchScriptNetwork(const Builder& root, const ModelSpec& spec)
      : file_(spec.file), module_(load(spec, root.placement())) {
    const at::NoGradGuard no_gradients;
    const auto grey = at::zeros({1, 3, spec.input_size, spec.input_size},
                                at::TensorOptions(root.placement().device).dtype(root.placement().precision));
    const auto [features, logits] = run_or_throw(grey);
    if (logits.dim() != 2 || logits.size(0) != 1) {
      throw base::input_error("{}: returns logits of shape {}; they should be N x classes", file_.string(),
                              fmt::format("[{}]", fmt::join(logits.sizes().vec(), ", ")));
    }
    if (features.defined()) {
      if (features.dim() != 4) {
        throw base::input_error("{}: returns features of shape {}; they should be N x channels x rows x columns",
                                file_.string(), fmt::format("[{}]", fmt::join(features.sizes().vec(), ", ")));
      }
      (root / features_layer).tappable();
    }
  }

  at::Tensor forward(const at::Tensor& x, Pass& pass) override {
    if (!pass.wants(features_layer)) {
      return run(x).second;
    }
    pass.start_recording();
    auto input = x.detach();
    input.requires_grad_(true);
    const auto [features, logits] = run(input);
    pass.register_activation(features_layer, features);
    return logits;
  }

  std::vector<std::string> blocks() const override { return {features_layer}; }

 private:
  /// Runs the module; throws base::Error(input) if that fails.
  std::pair<at::Tensor, at::Tensor> run_or_throw(const at::Tensor& x) {
    try {
      return run(x);
    } catch (const base::Error&) {
      throw;
    } catch (const std::exception& error) {
      throw base::input_error("{}: fails on an input of 1 x 3 x {} x {} (--input-size): {}", file_.string(), x.size(2),
                              x.size(3), error.what());
    }
  }

  /// The module's features (undefined if it returns none) and logits.
  std::pair<at::Tensor, at::Tensor> run(const at::Tensor& x) {
    const auto result = module_.forward({x});
    if (result.isTensor()) {
      return {at::Tensor(), result.toTensor()};
    }
    if (result.isTuple() && result.toTupleRef().elements().size() == 2 &&
        result.toTupleRef().elements()[0].isTensor() && result.toTupleRef().elements()[1].isTensor()) {
      return {result.toTupleRef().elements()[0].toTensor(), result.toTupleRef().elements()[1].toTensor()};
    }
    throw base::input_error("{}: returns {}; it should return logits or (features, logits)", file_.string(),
                            result.tagKind());
  }

  std::filesystem::path file_;
  torch::jit::Module module_;
};

}  // namespace

bool is_torchscript(const std::string& name) {
  return name.ends_with(".ts");
}

ModelSpec torchscript_model(const std::filesystem::path& file, const ModelSpec& preprocessing) {
  auto spec = preprocessing;
  spec.id = file.stem().string();
  spec.file = file;
  spec.fixed_size = true;
  spec.gradcam_layer = features_layer;
  spec.build = [copy = spec](const Builder& root) { return std::make_unique<TorchScriptNetwork>(root, copy); };
  return spec;
}

}  // namespace sightline::models

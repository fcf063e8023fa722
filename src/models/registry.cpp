#include "models/registry.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "models/families.hpp"

namespace sightline::models {
namespace {

namespace fs = std::filesystem;

// A new family: one line here.
constexpr auto families = {
    &resnet_family,           &efficientnet_family, &densenet_family, &vgg_family, &vision_transformer_family,
    &swin_transformer_family, &pvt_v2_family,       &convnext_family,
};

const std::map<std::string, std::vector<std::string>>& groups() {
  static const std::map<std::string, std::vector<std::string>> table = {
      {"thesis",
       {"ConvNeXtV2_Nano", "DeiT_S", "DeiT_T", "DenseNet121", "EfficientNet_B3", "EfficientNet_B4", "MobileNetV3",
        "PyramidViT_V2_B2", "Res2Net50", "ResNet18", "ResNet50", "ResNeXt50", "Swin_T", "ViT_B_32"}},
      {"focus", {"torchvision_alexnet", "torchvision_vgg16", "resnet18.tv_in1k"}},
      {"lite", {"EfficientNet_Lite0", "EfficientNet_Lite1", "EfficientNet_Lite2"}},
  };
  return table;
}

/// The seed of "synthetic:7", or nothing when `weights` is not of that kind.
std::optional<std::uint64_t> seed_after(const std::string& prefix, const std::string& weights) {
  if (weights.rfind(prefix, 0) != 0) {
    return std::nullopt;
  }
  const auto seed = base::parse_integer(weights.substr(prefix.size()));
  if (!seed || *seed < 0) {
    throw base::usage_error("weights: '{}' should be {}SEED with a whole number of at least 0", weights, prefix);
  }
  return static_cast<std::uint64_t>(*seed);
}

fs::path weights_file(const std::string& weights, const ModelSpec& spec) {
  fs::path given(weights);
  if (fs::is_regular_file(given)) {
    const auto ending = given.extension().string();
    if (ending == ".pth" || ending == ".pt" || ending == ".bin") {
      throw base::input_error(
          "{}: Sightline reads safetensors only. Convert it once: "
          ".deps/python/bin/python models/convert_weights.py {} --model {} --output {}.safetensors",
          weights, weights, spec.id, spec.id);
    }
    return given;
  }
  auto file = given / (spec.id + ".safetensors");
  if (!fs::is_regular_file(file)) {
    throw base::input_error(
        "{}: the weights of {} are missing. On a machine with a network: "
        ".deps/python/bin/python models/fetch_weights.py {} --to {}",
        file.string(), spec.id, spec.id, given.string());
  }
  return file;
}

/// Its id, short name and architecture; several models may share the last.
std::vector<std::string> names_of(const ModelSpec& spec) {
  std::vector<std::string> names{spec.id};
  if (!spec.short_name.empty()) {
    names.push_back(spec.short_name);
  }
  if (spec.architecture() != spec.id) {
    names.push_back(spec.architecture());
  }
  if (spec.id.starts_with("resnet") && spec.id.ends_with(".tv_in1k")) {
    names.push_back("torchvision_" + spec.architecture());  // timm's port has the same parameters under the same names
  }
  return names;
}

}  // namespace

const std::vector<ModelSpec>& all_models() {
  static const auto models = [] {
    std::vector<ModelSpec> all;
    for (const auto family : families) {
      for (auto& spec : family()) {
        all.push_back(std::move(spec));
      }
    }
    return all;
  }();
  return models;
}

const ModelSpec& find_model(const std::string& name) {
  std::vector<std::string> all_names;
  for (const auto& spec : all_models()) {
    const auto names = names_of(spec);
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return spec;
    }
    all_names.insert(all_names.end(), names.begin(), names.end());
  }
  throw base::usage_error("models: '{}' is not known.{} 'sightline models' lists all {}.", name,
                          base::did_you_mean(name, all_names), all_models().size());
}

std::vector<std::string> own_names(const ModelSpec& spec) {
  auto names = names_of(spec);
  std::erase_if(names, [&](const std::string& name) { return find_model(name).id != spec.id; });
  return names;
}

std::vector<std::string> model_groups() {
  std::vector<std::string> names;
  for (const auto& [name, members] : groups()) {
    names.push_back(name);
  }
  return names;
}

std::vector<std::string> model_group(const std::string& name) {
  const auto found = groups().find(name);
  return found == groups().end() ? std::vector<std::string>() : found->second;
}

std::unique_ptr<ParameterSource> open_parameters(const std::string& weights, const ModelSpec& spec) {
  if (!spec.file.empty()) {
    return no_parameters();
  }
  std::unique_ptr<ParameterSource> source;
  if (const auto seed = seed_after("synthetic:", weights)) {
    source = synthetic_parameters(*seed, spec.gains);
  } else if (const auto other = seed_after("random:", weights)) {
    source = random_parameters(*other);
  } else {
    source = file_parameters(weights_file(weights, spec));
  }
  return spec.random_share > 0.0 ? cascading_parameters(std::move(source), spec) : std::move(source);
}

std::string parameters_identity(const std::string& weights, const ModelSpec& spec) {
  if (!spec.file.empty()) {
    return base::sha256_of_file(spec.file);
  }
  const bool formula = seed_after("synthetic:", weights) || seed_after("random:", weights);
  const auto identity = formula ? weights : base::sha256_of_file(weights_file(weights, spec));
  return spec.random_share > 0.0
             ? fmt::format("{}, random:{} for {} of the layers", identity, spec.random_seed, spec.random_share)
             : identity;
}

}  // namespace sightline::models

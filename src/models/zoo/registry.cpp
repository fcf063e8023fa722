#include "models/zoo/registry.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/find_named.hpp"
#include "models/zoo/families.hpp"

namespace sightline::models {
namespace {

struct Family {
  const char* name;
  const char* kind;
  std::vector<ModelSpec> (*models)();
};

constexpr Family families[] = {
#define FAMILY(name, kind) {#name, #kind, &name##_family},
#include "models/zoo/families.def"
#undef FAMILY
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

/// A model's id, short name, architecture and other names. Several models may have the same architecture.
std::vector<std::string> names_of(const ModelSpec& spec) {
  std::vector<std::string> names{spec.id};
  if (!spec.short_name.empty()) {
    names.push_back(spec.short_name);
  }
  if (spec.architecture() != spec.id) {
    names.push_back(spec.architecture());
  }
  names.insert(names.end(), spec.other_names.begin(), spec.other_names.end());
  return names;
}

using NamedModel = std::pair<std::string, const ModelSpec*>;

/// Every name of every model. Of models with a name in common, the first one counts.
const std::vector<NamedModel>& named_models() {
  static const auto names = [] {
    std::vector<NamedModel> all;
    for (const auto& spec : all_models()) {
      for (auto& known : names_of(spec)) {
        all.emplace_back(std::move(known), &spec);
      }
    }
    return all;
  }();
  return names;
}

}  // namespace

const std::vector<ModelSpec>& all_models() {
  static const auto models = [] {
    std::vector<ModelSpec> all;
    for (const auto& family : families) {
      for (auto& spec : family.models()) {
        spec.family = family.name;
        spec.kind = family.kind;
        all.push_back(std::move(spec));
      }
    }
    return all;
  }();
  return models;
}

const ModelSpec& find_model(const std::string& name) {
  return *base::find_named(named_models(), name, &NamedModel::first, [](const base::UnknownName& unknown) {
            return base::usage_error("models: '{}' is not known.{} 'sightline models' lists all {}.", unknown.name,
                                     unknown.hint(), all_models().size());
          }).second;
}

std::vector<std::string> own_names(const ModelSpec& spec) {
  auto names = names_of(spec);
  std::erase_if(names, [&](const std::string& name) { return find_model(name).id != spec.id; });
  return names;
}

const ModelSpec* model_labelled(const std::string& label) {
  const auto name = label.substr(0, label.find('@'));
  const auto& names = named_models();
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const NamedModel& known) { return known.first == name; });
  return found == names.end() ? nullptr : found->second;
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

}  // namespace sightline::models

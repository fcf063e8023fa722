#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "base/text.hpp"
#include "models/zoo/model_facts.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::app {
namespace {

const char* interpolation_name(images::Interpolation interpolation) {
  return interpolation == images::Interpolation::bilinear ? "bilinear" : "bicubic";
}

/// The names of the groups that a model belongs to.
std::vector<std::string> groups_of(const models::ModelSpec& spec) {
  std::vector<std::string> names;
  for (const auto& group : models::model_groups()) {
    const auto members = models::model_group(group);
    if (std::find(members.begin(), members.end(), spec.label()) != members.end()) {
      names.push_back(group);
    }
  }
  return names;
}

nlohmann::json to_json(const models::ModelSpec& spec) {
  const auto facts = models::facts_of(spec);
  return {{"id", spec.id},
          {"short_name", spec.short_name},
          {"names", models::own_names(spec)},
          {"groups", groups_of(spec)},
          {"family", spec.family},
          {"kind", spec.kind},
          {"parameters", facts.parameters},
          {"patch_size", facts.patch_size},
          {"training_data", facts.training_data},
          {"pretraining", facts.pretraining},
          {"input_size", spec.input_size},
          {"test_input_size", spec.test_input_size},
          {"fixed_size", spec.fixed_size},
          {"crop_pct", spec.crop_pct},
          {"interpolation", interpolation_name(spec.interpolation)},
          {"mean", spec.mean},
          {"std", spec.std},
          {"gradcam_layer", spec.gradcam_layer},
          {"gradcam_grid", spec.gradcam_grid},
          {"synthetic_gains", {spec.gains.conv, spec.gains.linear}}};
}

base::ExitCode list_models(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  if (!ranks.is_root()) {
    return base::ExitCode::done;
  }
  if (parsed.json) {
    auto all = nlohmann::json::array();
    for (const auto& spec : models::all_models()) {
      all.push_back(to_json(spec));
    }
    std::printf("%s\n", all.dump(2).c_str());
    return base::ExitCode::done;
  }
  std::printf("%-42s %-18s %10s %6s %-8s %-18s %s\n", "timm id", "short name", "parameters", "input", "crop",
              "Grad-CAM layer", "grid");
  for (const auto& spec : models::all_models()) {
    std::printf("%-42s %-18s %8.2f M %6d %-8g %-18s %d x %d\n", spec.id.c_str(), spec.short_name.c_str(),
                static_cast<double>(models::list_parameters(spec).count) * 1e-6, spec.input_size, spec.crop_pct,
                spec.gradcam_layer.c_str(), spec.gradcam_grid, spec.gradcam_grid);
  }
  for (const auto& group : models::model_groups()) {
    std::printf("group %s: %s\n", group.c_str(), base::join(models::model_group(group), ", ").c_str());
  }
  return base::ExitCode::done;
}

}  // namespace

Command models_command() {
  return {.name = "models",
          .usage = "[--json]",
          .summary = "lists the models and groups of models",
          .topics = {},
          .run = &list_models};
}

}  // namespace sightline::app

#include <cstdio>
#include <numeric>

#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "attribution/method.hpp"
#include "base/text.hpp"
#include "models/registry.hpp"

namespace sightline::app {
namespace {

std::int64_t parameter_count(const models::ModelSpec& spec) {
  std::int64_t total = 0;
  for (const auto& fact : models::parameter_facts(spec)) {
    if (!fact.name.ends_with("running_mean") && !fact.name.ends_with("running_var")) {
      total += std::accumulate(fact.shape.begin(), fact.shape.end(), std::int64_t{1}, std::multiplies<>());
    }
  }
  return total;
}

const char* interpolation_name(images::Interpolation interpolation) {
  return interpolation == images::Interpolation::bilinear ? "bilinear" : "bicubic";
}

nlohmann::json to_json(const models::ModelSpec& spec) {
  return {{"id", spec.id},
          {"short_name", spec.short_name},
          {"parameters", parameter_count(spec)},
          {"input_size", spec.input_size},
          {"test_input_size", spec.test_input_size},
          {"crop_pct", spec.crop_pct},
          {"interpolation", interpolation_name(spec.interpolation)},
          {"mean", spec.mean},
          {"std", spec.std},
          {"gradcam_layer", spec.gradcam_layer}};
}

nlohmann::json to_json(const attribution::MethodSpec& method) {
  return {{"name", method.name}, {"title", method.title},        {"paper", method.paper},
          {"cost", method.cost}, {"applies_to", method.applies}, {"options", method.options}};
}

}  // namespace

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
  std::printf("%-38s %-18s %10s %6s %-8s %s\n", "timm id", "short name", "parameters", "input", "crop",
              "Grad-CAM layer");
  for (const auto& spec : models::all_models()) {
    std::printf("%-38s %-18s %8.2f M %6d %-8g %s\n", spec.id.c_str(), spec.short_name.c_str(),
                static_cast<double>(parameter_count(spec)) * 1e-6, spec.input_size, spec.crop_pct,
                spec.gradcam_layer.c_str());
  }
  std::printf("group lite: %s\n", base::join(models::model_group("lite"), ", ").c_str());
  return base::ExitCode::done;
}

base::ExitCode list_methods(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  if (!ranks.is_root()) {
    return base::ExitCode::done;
  }
  auto all = nlohmann::json::array();
  for (const auto& method : attribution::all_methods()) {
    all.push_back(to_json(method));
    if (!parsed.json) {
      std::printf("%s: %s (%s)\n  cost: %s\n  applies to: %s\n  options: %s\n", method.name.c_str(),
                  method.title.c_str(), method.paper.c_str(), method.cost.c_str(), method.applies.c_str(),
                  base::join(method.options, ", ").c_str());
    }
  }
  if (parsed.json) {
    std::printf("%s\n", all.dump(2).c_str());
  }
  return base::ExitCode::done;
}

}  // namespace sightline::app

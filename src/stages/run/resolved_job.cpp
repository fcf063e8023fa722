#include "stages/run/resolved_job.hpp"

#include <algorithm>

#include "attribution/methods/registry.hpp"
#include "attribution/quality/quality_metrics.hpp"
#include "base/error.hpp"
#include "base/find_named.hpp"
#include "base/text.hpp"
#include "clustering/communities.hpp"
#include "clustering/linkage.hpp"
#include "comparison/metrics.hpp"
#include "models/zoo/torchscript.hpp"
#include "stages/run/job_models.hpp"
#include "stages/run/map_extension.hpp"
#include "stages/run/mistakes.hpp"

namespace sightline::stages {
namespace {

/// Adds the setting PARAMETER=VALUE to `choice.parameters`. Throws base::Error(usage) for an unknown parameter or a
/// wrong value.
void set_parameter(MethodChoice& choice, const std::string& setting) {
  const auto equals = setting.find('=');
  const auto parameter = setting.substr(0, equals);
  const auto value = setting.substr(equals + 1);
  const auto& known = base::find_named(
      choice.spec->parameters, parameter, &attribution::Parameter::name, [&](const base::UnknownName& unknown) {
        return base::usage_error("methods: '{}': {} has no parameter '{}'.{} 'sightline methods' lists them.",
                                 choice.name, choice.spec->name, unknown.name, unknown.hint());
      });
  try {
    known.check(value);
  } catch (const base::Error& error) {
    throw base::usage_error("methods: '{}': {}", choice.name, error.what());
  }
  choice.parameters[choice.spec->name + "." + parameter] = value;
}

/// `others`: the methods before this one. Throws base::Error(usage) when the name is unknown or among them.
MethodChoice choose_method(const std::string& name, const std::vector<MethodChoice>& others) {
  const auto at = name.find('@');
  MethodChoice choice{name, &attribution::find_method(name.substr(0, at))};
  if (at != std::string::npos && name.find('=') != std::string::npos) {
    set_parameter(choice, name.substr(at + 1));
  } else if (at != std::string::npos) {
    choice.layer = name.substr(at + 1);
    const auto& shared = choice.spec->shared_options;
    if (choice.layer.empty() || std::find(shared.begin(), shared.end(), "gradcam.layer") == shared.end()) {
      throw base::usage_error(
          "methods: '{}': METHOD@LAYER is for class activation maps, such as gradcam@0.5; others "
          "take METHOD@PARAMETER=VALUE, such as kernelshap@samples=700",
          name);
    }
  }
  if (std::any_of(others.begin(), others.end(), [&](const MethodChoice& other) { return other.name == name; })) {
    throw base::usage_error("methods: '{}' is named twice", name);
  }
  return choice;
}

void check_required_options(const ResolvedJob& job, std::vector<std::string>& mistakes) {
  const auto need = [&](bool given, const char* option, const char* what) {
    if (!given) {
      mistakes.push_back(fmt::format("{}: is not given; {}", option, what));
    }
  };
  need(!job.config.models.names.empty(), "models", "name at least one ('sightline models' lists them)");
  need(!job.config.images.source.empty(), "images", "name a folder, tar archives or a CSV");
  need(!job.config.output.empty(), "output", "name a folder");
}

/// The preprocessing options would have no effect without a TorchScript model: others have their own preprocessing.
void check_preprocessing_options(const job::ModelsConfig& models, std::vector<std::string>& mistakes) {
  if (models.names.empty() || std::any_of(models.names.begin(), models.names.end(), &models::is_torchscript)) {
    return;
  }
  const auto refuse = [&](bool given, const char* option) {
    if (given) {
      mistakes.push_back(fmt::format("{}: is for TorchScript models (FILE.ts), and there is none among --models: {}",
                                     option, base::join(models.names, ", ")));
    }
  };
  refuse(models.input_size != 0, "input-size");
  refuse(!models.mean.empty(), "mean");
  refuse(!models.std.empty(), "std");
}

}  // namespace

job::JobConfig MethodChoice::adjusted(const job::JobConfig& config) const {
  auto own = config;
  own.explain.gradcam_layer = layer.empty() ? config.explain.gradcam_layer : layer;
  for (const auto& [parameter, value] : parameters) {
    own.parameters[parameter] = value;
  }
  return own;
}

void MethodChoice::check(const job::JobConfig& config) const {
  spec->check_parameters(adjusted(config));
  const auto depth = base::parse_number(layer);
  if (depth && (*depth <= 0.0 || *depth > 1.0)) {
    throw base::usage_error("methods: '{}': the depth {} is not in (0, 1]", name, layer);
  }
}

std::unique_ptr<attribution::Method> MethodChoice::make(const job::JobConfig& config,
                                                        const models::Model& model) const {
  return spec->make(adjusted(config), model);
}

std::string transforms_name(const job::ImagesConfig& images) {
  const std::string name = images.transforms == job::Transforms::common ? "common" : "model";
  const auto drafted = images.jpeg_draft ? name + ", jpeg-draft" : name;
  return images.perturb == "none" ? drafted : drafted + ", " + images.perturb;
}

images::Perturbation perturbation_in(const std::string& transforms_name) {
  const auto words = base::split_list(transforms_name);
  const auto last = words.empty() ? std::string() : words.back();
  const bool plain = words.size() < 2 || last == "jpeg-draft";
  return plain ? images::Perturbation::none : images::perturbation_named(last);
}

void require_unperturbed(const job::JobConfig& config, const std::string& command) {
  if (config.images.perturb != "none") {
    throw base::usage_error(
        "perturb: '{}' takes images as they are; 'sightline attribute' makes maps of perturbed ones", command);
  }
}

std::string record_name(const ResolvedJob& job, std::size_t model, std::size_t record) {
  return job.models[model]->label() + "/" + (record == 0 ? std::string() : job.methods[record - 1].name);
}

ResolvedJob with_stored_logits(ResolvedJob job) {
  switch (job.config.explain.store_logits.value_or(job::StoreLogits::top5)) {
    case job::StoreLogits::all:
      job.top_logits = std::nullopt;
      break;
    case job::StoreLogits::top5:
      job.top_logits = 5;
      break;
    case job::StoreLogits::none:
      job.top_logits = 0;
      break;
  }
  return job;
}

bool stores_maps(const ResolvedJob& job) {
  return !job.extension || job.extension->stores_maps();
}

void check_clustering(const job::JobConfig& config) {
  for (const auto& name : config.cluster.linkages) {
    clustering::check_linkage(name);
  }
  for (const auto& name : config.cluster.communities) {
    clustering::check_community_algorithm(name);
  }
}

ResolvedJob resolve(const job::ParsedJob& parsed) {
  ResolvedJob job{parsed.job, {}, {}, {}};
  auto mistakes = parsed.mistakes;
  check_required_options(job, mistakes);
  check_preprocessing_options(job.config.models, mistakes);
  job.models = resolve_models(job.config, mistakes);
  for (const auto& name : job.config.explain.methods) {
    collect(mistakes, [&] {
      job.methods.push_back(choose_method(name, job.methods));
      job.methods.back().check(job.config);
    });
  }
  collect(mistakes, [&] { comparison::make_metrics(job.config.compare.metrics, job.config); });
  collect(mistakes, [&] { check_clustering(job.config); });
  for (const auto& name : job.config.focus.metrics) {
    collect(mistakes, [&] { attribution::find_quality_metric(name); });
  }
  for (const auto& word : parsed.positionals) {
    mistakes.push_back(fmt::format("command line: '{}' is neither an option nor a job file (.ini)", word));
  }
  if (job.config.explain.part.count > 1 && job.config.compute.batch == 0) {
    mistakes.emplace_back(
        "batch: 0 measures the fastest batch size, which can differ between parts; give a number with --part");
  }
  if (!mistakes.empty()) {
    throw base::usage_error("{}{}", mistakes.size() == 1 ? "" : fmt::format("{} mistakes:\n  ", mistakes.size()),
                            base::join(mistakes, "\n  "));
  }
  for (const auto& [name, value] : parsed.values) {
    job.text += fmt::format("{} = {}\n", name, value);
  }
  return job;
}

}  // namespace sightline::stages

#include "stages/run/resolved_job.hpp"

#include <algorithm>
#include <functional>

#include <nlohmann/json.hpp>

#include "attribution/methods/registry.hpp"
#include "base/error.hpp"
#include "base/find_named.hpp"
#include "base/text.hpp"
#include "clustering/communities.hpp"
#include "clustering/linkage.hpp"
#include "models/zoo/torchscript.hpp"
#include "stages/run/map_extension.hpp"
#include "stages/run/map_quality.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

/// Runs a look-up and keeps its complaint.
void collect(std::vector<std::string>& mistakes, const std::function<void()>& look_up) {
  try {
    look_up();
  } catch (const base::Error& error) {
    mistakes.emplace_back(error.what());
  }
}

std::vector<std::string> expand_groups(const std::vector<std::string>& names) {
  std::vector<std::string> models;
  for (const auto& name : names) {
    const auto at = std::min(name.find('@'), name.size());  // a variant of every member
    const auto group = models::model_group(name.substr(0, at));
    for (const auto& member : group) {
      models.push_back(member + name.substr(at));
    }
    if (group.empty()) {
      models.push_back(name);
    }
  }
  return models;
}

/// A user's own model; its preprocessing must be told.
models::ModelSpec own_model(const std::string& file, const job::JobConfig& config) {
  if (config.input_size == 0 || config.mean.empty() || config.std.empty()) {
    throw base::usage_error("models: {} is a TorchScript file; say --input-size, --mean and --std of its images", file);
  }
  models::ModelSpec spec;
  spec.input_size = spec.test_input_size = static_cast<int>(config.input_size);
  spec.crop_pct = config.crop_pct;
  spec.interpolation = config.interpolation == job::Interpolation::bilinear ? images::Interpolation::bilinear
                                                                            : images::Interpolation::bicubic;
  std::copy_n(config.mean.begin(), 3, spec.mean.begin());
  std::copy_n(config.std.begin(), 3, spec.std.begin());
  return models::torchscript_model(file, spec);
}

/// NAME@random=SHARE.
std::shared_ptr<const models::ModelSpec> randomised_model(const std::string& name, const std::string& variant,
                                                          const job::JobConfig& config) {
  const std::string prefix = "random=";
  const auto share = variant.starts_with(prefix) ? base::parse_number(variant.substr(prefix.size())) : std::nullopt;
  if (!share || *share <= 0.0 || *share > 1.0) {
    throw base::usage_error(
        "models: '{}@{}': MODEL@random=SHARE has random weights in that share of its layers, above 0 and at most 1",
        name, variant);
  }
  auto spec = models::find_model(name);
  spec.random_share = *share;
  spec.random_seed = config.seed;
  return std::make_shared<models::ModelSpec>(std::move(spec));
}

std::shared_ptr<const models::ModelSpec> find(const std::string& name, const job::JobConfig& config) {
  if (models::is_torchscript(name)) {
    return std::make_shared<models::ModelSpec>(own_model(name, config));
  }
  if (const auto at = name.find('@'); at != std::string::npos) {
    return randomised_model(name.substr(0, at), name.substr(at + 1), config);
  }
  return {std::shared_ptr<void>(), &models::find_model(name)};  // the registry keeps it
}

/// PARAMETER=VALUE of a method's variant.
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

void check_given(const ResolvedJob& job, std::vector<std::string>& mistakes) {
  const auto need = [&](bool given, const char* option, const char* what) {
    if (!given) {
      mistakes.push_back(fmt::format("{}: is not given; {}", option, what));
    }
  };
  need(!job.config.models.empty(), "models", "name at least one ('sightline models' lists them)");
  need(!job.config.images.empty(), "images", "name a folder or a CSV");
  need(!job.config.output.empty(), "output", "name a folder");
}

}  // namespace

std::unique_ptr<attribution::Method> MethodChoice::make(const job::JobConfig& config,
                                                        const models::Model& model) const {
  auto own = config;
  own.gradcam_layer = layer.empty() ? config.gradcam_layer : layer;
  for (const auto& [parameter, value] : parameters) {
    own.parameters[parameter] = value;
  }
  return spec->make(own, model);
}

bool stores_maps(const ResolvedJob& job) {
  return !job.extension || job.extension->stores_maps();
}

std::vector<std::shared_ptr<const models::ModelSpec>> resolve_models(const job::JobConfig& config,
                                                                     std::vector<std::string>& mistakes) {
  std::vector<std::shared_ptr<const models::ModelSpec>> specs;
  for (const auto& name : expand_groups(config.models)) {
    collect(mistakes, [&] {
      const auto spec = find(name, config);
      for (const auto& other : specs) {
        if (other->label() == spec->label()) {
          throw base::usage_error("models: '{}' is named twice", name);
        }
      }
      specs.push_back(spec);
    });
  }
  return specs;
}

comparison::MetricOptions metric_options(const job::JobConfig& config) {
  return {config.rbf_sigma, config.kappa_thresholds, config.topk_share, static_cast<int>(config.emd_grid)};
}

void check_clustering(const job::JobConfig& config) {
  for (const auto& name : config.linkages) {
    clustering::check_linkage(name);
  }
  for (const auto& name : config.communities) {
    clustering::check_community_algorithm(name);
  }
}

ResolvedJob resolve(const job::ParsedJob& parsed) {
  ResolvedJob job{parsed.job, {}, {}, {}};
  auto mistakes = parsed.mistakes;
  check_given(job, mistakes);
  job.models = resolve_models(job.config, mistakes);
  for (const auto& name : job.config.methods) {
    collect(mistakes, [&] { job.methods.push_back(choose_method(name, job.methods)); });
  }
  collect(mistakes, [&] { comparison::make_metrics(job.config.metrics, metric_options(job.config)); });
  collect(mistakes, [&] { check_clustering(job.config); });
  for (const auto& name : job.config.focus_metrics) {
    collect(mistakes, [&] { find_quality_metric(name); });
  }
  for (const auto& word : parsed.positionals) {
    mistakes.push_back(fmt::format("command line: '{}' is neither an option nor a job file (.ini)", word));
  }
  if (job.config.part.count > 1 && job.config.batch == 0) {
    mistakes.emplace_back("batch: 0 searches, and every part could find another; give a number with --part");
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

std::filesystem::path explanations_file(const job::JobConfig& config) {
  const std::filesystem::path folder = config.explanations.empty() ? config.output : config.explanations;
  return folder / store::schema::file_name;
}

std::filesystem::path part_folder(const job::JobConfig& config) {
  const std::filesystem::path output = config.output;
  return config.part.count == 1 ? output
                                : output / "parts" / fmt::format("{}-of-{}", config.part.number, config.part.count);
}

images::ImageList list_job_images(const comm::Communicator& ranks, const job::JobConfig& config) {
  images::ImageList list;
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    std::optional<images::ClassIndex> classes;
    if (!config.classes.empty()) {
      classes = images::ClassIndex::read(config.classes);
    }
    list = images::list_images(config.images, classes, config.on_bad_image == job::BadImage::fail);
    images::select_images(list, config.shuffle, config.limit);
  });
  share_list(ranks, list);
  return list;
}

void share_list(const comm::Communicator& ranks, images::ImageList& list) {
  std::string packed;
  if (ranks.is_root()) {
    auto json = nlohmann::json{
        {"root", list.root.string()}, {"paths", nlohmann::json::array()}, {"labels", nlohmann::json::array()}};
    for (const auto& entry : list.entries) {
      json["paths"].push_back(entry.path);
      json["labels"].push_back(entry.label);
    }
    packed = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  const auto json = nlohmann::json::parse(ranks.broadcast(packed));
  if (!ranks.is_root()) {
    list.root = json["root"].get<std::string>();
    for (std::size_t i = 0; i < json["paths"].size(); ++i) {
      list.entries.push_back({json["paths"][i].get<std::string>(), json["labels"][i].get<int>()});
    }
  }
}

}  // namespace sightline::stages

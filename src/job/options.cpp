#include "job/options.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/text.hpp"

namespace sightline::job {
namespace {

using base::usage_error;
using Setter = std::function<void(JobConfig&, const std::string&)>;

Setter text_to(std::string JobConfig::*field) {
  return [field](JobConfig& job, const std::string& value) { job.*field = value; };
}

Setter list_to(std::vector<std::string> JobConfig::*field) {
  return [field](JobConfig& job, const std::string& value) {
    job.*field = base::split_list(value);
    if ((job.*field).empty()) {
      throw usage_error("needs at least one name");
    }
  };
}

Setter integer_to(std::int64_t JobConfig::*field, std::int64_t least, std::int64_t most) {
  return [=](JobConfig& job, const std::string& value) {
    const auto number = base::parse_integer(value);
    if (!number || *number < least || *number > most) {
      throw usage_error("'{}' is not a whole number from {} to {}", value, least, most);
    }
    job.*field = *number;
  };
}

Setter positive_to(double JobConfig::*field) {
  return [field](JobConfig& job, const std::string& value) {
    const auto number = base::parse_number(value);
    if (!number || *number <= 0.0) {
      throw usage_error("'{}' is not a number above 0", value);
    }
    job.*field = *number;
  };
}

/// Three numbers, one per colour channel.
Setter colour_to(std::vector<double> JobConfig::*field) {
  return [field](JobConfig& job, const std::string& value) {
    std::vector<double> numbers;
    for (const auto& word : base::split_list(value)) {
      numbers.push_back(base::parse_number(word).value_or(std::numeric_limits<double>::quiet_NaN()));
    }
    if (numbers.size() != 3 || std::any_of(numbers.begin(), numbers.end(), [](double x) { return std::isnan(x); })) {
      throw usage_error("'{}' is not three numbers, such as 0.485,0.456,0.406", value);
    }
    job.*field = std::move(numbers);
  };
}

template <typename Field, typename Value>
Setter choice_to(Field JobConfig::*field, std::vector<std::pair<std::string, Value>> choices) {
  return [=](JobConfig& job, const std::string& value) {
    std::vector<std::string> names;
    for (const auto& [name, meaning] : choices) {
      if (name == value) {
        job.*field = Field(meaning);
        return;
      }
      names.push_back(name);
    }
    throw usage_error("'{}' is not one of {}.{}", value, base::join(names, ", "), base::did_you_mean(value, names));
  };
}

std::uint64_t seed_of(const std::string& value) {
  const auto number = base::parse_integer(value);
  if (!number || *number < 0) {
    throw usage_error("'{}' is not a whole number of at least 0", value);
  }
  return static_cast<std::uint64_t>(*number);
}

void set_target(JobConfig& job, const std::string& value) {
  if (value == "predicted" || value == "label") {
    job.target = {value == "label" ? Target::Rule::label : Target::Rule::predicted, -1};
    return;
  }
  const auto index = base::parse_integer(value);
  if (!index || *index < 0) {
    throw usage_error("'{}' is neither 'predicted' nor 'label' nor a class index of at least 0", value);
  }
  job.target = {Target::Rule::index, *index};
}

constexpr std::int64_t many = 1'000'000'000;

std::vector<Option> make_options() {
  const std::vector<std::string> explain = {"run", "attribute"};
  const std::vector<std::string> predict = {"run", "attribute", "accuracy"};
  const std::vector<std::string> compare = {"run", "compare"};
  const std::vector<std::string> cluster = {"run", "cluster"};
  const std::vector<std::string> report = {"run", "report"};
  const std::vector<std::string> everywhere = {"run", "attribute", "accuracy", "compare", "cluster", "report"};
  return {
      {"models", "NAMES", "",
       "zoo names, timm ids or TorchScript files (FILE.ts), comma separated, or a group: 'sightline models' lists them",
       predict, list_to(&JobConfig::models)},
      {"weights", "FOLDER|FILE|synthetic:SEED|random:SEED", "models/weights",
       "safetensors files named TIMM_ID.safetensors, one such file, a formula (tests), or timm's initialisation",
       predict, text_to(&JobConfig::weights)},
      {"images", "FOLDER|CSV", "",
       "a folder whose sub-folders are classes, a flat folder, or a CSV with a header path,label", predict,
       text_to(&JobConfig::images)},
      {"classes", "CSV", "", "index,wnid,name with a header: maps folder names to class indices", predict,
       text_to(&JobConfig::classes)},
      {"limit", "N images", "0", "only the first N images (after shuffling); 0 = all", predict,
       integer_to(&JobConfig::limit, 0, many)},
      {"shuffle", "SEED", "", "shuffle the image list; without it the order is that of the paths", predict,
       [](JobConfig& job, const std::string& value) { job.shuffle = seed_of(value); }},
      {"methods", "NAMES", "gradcam", "attribution methods, comma separated: 'sightline methods' lists them", explain,
       list_to(&JobConfig::methods)},
      {"target", "predicted|label|INDEX", "predicted", "the class that is explained", explain, set_target},
      {"transforms", "common|model", "common",
       "common: every image straight to 224 x 224, bilinear; model: the model's timm evaluation recipe", explain,
       choice_to<Transforms, Transforms>(&JobConfig::transforms,
                                         {{"common", Transforms::common}, {"model", Transforms::model}})},
      {"on-bad-image", "fail|skip", "fail", "a broken image ends the run, or is skipped, listed and marked", predict,
       choice_to<BadImage, BadImage>(&JobConfig::on_bad_image, {{"fail", BadImage::fail}, {"skip", BadImage::skip}})},
      {"input-size", "PIXELS", "", "side of the images that a TorchScript model takes", predict,
       integer_to(&JobConfig::input_size, 1, 4096)},
      {"mean", "R,G,B", "", "of its normalisation, for images in [0, 1]", predict, colour_to(&JobConfig::mean)},
      {"std", "R,G,B", "", "of its normalisation, for images in [0, 1]", predict, colour_to(&JobConfig::std)},
      {"crop-pct", "SHARE", "0.875", "of its evaluation recipe (--transforms model)", predict,
       positive_to(&JobConfig::crop_pct)},
      {"interpolation", "bilinear|bicubic", "bilinear", "of its evaluation recipe (--transforms model)", predict,
       choice_to<Interpolation, Interpolation>(
           &JobConfig::interpolation, {{"bilinear", Interpolation::bilinear}, {"bicubic", Interpolation::bicubic}})},
      {"output", "FOLDER", "", "where explanations.h5, tables, figures and the report go; resumed if it exists",
       everywhere, text_to(&JobConfig::output)},
      {"device", "auto|cpu|cuda", "auto", "auto: a GPU per rank where there is one", predict,
       choice_to<Device, Device>(&JobConfig::device,
                                 {{"auto", Device::automatic}, {"cpu", Device::cpu}, {"cuda", Device::cuda}})},
      {"precision", "fp32|bf16", "fp32", "numbers the models compute in; bf16 needs AVX512 or a GPU to be fast",
       predict,
       choice_to<Precision, Precision>(&JobConfig::precision, {{"fp32", Precision::fp32}, {"bf16", Precision::bf16}})},
      {"batch", "N images", "0", "images in one pass; 0 = 8 on a CPU, 64 on a GPU; halved when memory runs out",
       predict, integer_to(&JobConfig::batch, 0, 65536)},
      {"threads", "N per rank", "1", "CPU threads of each rank; more ranks are faster than more threads", predict,
       integer_to(&JobConfig::threads, 1, 1024)},
      {"chunk", "N images", "16", "images per work unit; raised to the batch when that is larger", predict,
       integer_to(&JobConfig::chunk, 1, 65536)},
      {"seed", "SEED", "1", "of random choices (Grad-CAM makes none; --shuffle has its own)", explain,
       [](JobConfig& job, const std::string& value) { job.seed = seed_of(value); }},
      {"gradcam.layer", "DEPTH|PATH", "",
       "a depth in (0, 1], a timm module path, or nothing for the model's own target layer", explain,
       text_to(&JobConfig::gradcam_layer)},
      {"gradcam.fix-corner", "auto|on|off", "auto",
       "replace cell [0,6] of the target layer by the mean of the other cells; auto: EfficientNet-B4 on a 7 x 7 grid",
       explain,
       choice_to<std::optional<bool>, std::optional<bool>>(&JobConfig::fix_corner,
                                                           {{"auto", std::nullopt}, {"on", true}, {"off", false}})},
      {"compare.metrics", "NAMES", "cosine,rbf", "similarity metrics", compare, list_to(&JobConfig::metrics)},
      {"compare.rbf-sigma", "SIGMA", "80", "of exp(-d^2 / (2 sigma^2)), d between maps of values in [0, 1]", compare,
       positive_to(&JobConfig::rbf_sigma)},
      {"compare.size", "PIXELS", "224", "side of the geometry at which maps are compared", compare,
       integer_to(&JobConfig::compare_size, 2, 4096)},
      {"blank", "count|exclude", "count",
       "an all-zero map has similarity 0 with everything, or is left out of the pair's sums", compare,
       choice_to<Blank, Blank>(&JobConfig::blank, {{"count", Blank::count}, {"exclude", Blank::exclude}})},
      {"cluster.linkage", "METHOD", "average", "single, complete, average, weighted or ward, as scipy defines them",
       cluster, text_to(&JobConfig::linkage)},
      {"report.images", "N images", "8", "how many images the grid of explanations shows", report,
       integer_to(&JobConfig::report_images, 1, 100)},
      {"report.python", "PROGRAM", "", "the Python that draws; default: the one of setup/setup.sh, else python3",
       report, text_to(&JobConfig::python)},
  };
}

}  // namespace

std::string Target::text() const {
  return rule == Rule::predicted ? "predicted" : rule == Rule::label ? "label" : std::to_string(index);
}

const std::vector<Option>& all_options() {
  static const auto options = make_options();
  return options;
}

std::string help_text(const std::string& command) {
  std::string text;
  for (const auto& option : all_options()) {
    if (std::find(option.commands.begin(), option.commands.end(), command) == option.commands.end()) {
      continue;
    }
    const std::string fallback = option.default_value.empty() ? "" : fmt::format(" [{}]", option.default_value);
    text += fmt::format("  --{} {}\n        {}{}\n", option.name, option.placeholder, option.help, fallback);
  }
  return text;
}

}  // namespace sightline::job

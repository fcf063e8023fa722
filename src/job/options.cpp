#include "job/options.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/text.hpp"
#include "job/comparison_options.hpp"
#include "job/focus_options.hpp"
#include "job/input_options.hpp"
#include "job/setters.hpp"
#include "job/training_options.hpp"

namespace sightline::job {
namespace {

using base::usage_error;

std::uint64_t parse_seed(const std::string& value) {
  const auto number = base::parse_integer(value);
  if (!number || *number < 0) {
    throw usage_error("'{}' is not a whole number of at least 0", value);
  }
  return static_cast<std::uint64_t>(*number);
}

std::int64_t parse_batch(const std::string& value) {
  constexpr std::int64_t most = 65536;
  const auto number = base::parse_integer(value);
  if (!number || *number < 0 || *number > most) {
    throw usage_error("'{}' is not a whole number from 0 to {}", value, most);
  }
  return *number;
}

void set_target(JobConfig& job, const std::string& value) {
  if (value == "predicted" || value == "label") {
    job.explain.target = {value == "label" ? Target::Rule::label : Target::Rule::predicted, -1};
    return;
  }
  const auto index = base::parse_integer(value);
  if (!index || *index < 0) {
    throw usage_error("'{}' is neither 'predicted' nor 'label' nor a class index of at least 0", value);
  }
  job.explain.target = {Target::Rule::index, *index};
}

void set_part(JobConfig& job, const std::string& value) {
  const auto slash = value.find('/');
  const auto number = base::parse_integer(value.substr(0, slash));
  const auto count = slash == std::string::npos ? std::nullopt : base::parse_integer(value.substr(slash + 1));
  if (!number || !count || *number < 1 || *number > *count) {
    throw usage_error("'{}' is not K/N with K from 1 to N, such as 3/8", value);
  }
  job.explain.part = {*number, *count};
}

/// Sets the layer of CAMs. A number is a depth; whether there is a layer of another name, the model decides.
void set_cam_layer(JobConfig& job, const std::string& value) {
  const auto depth = base::parse_number(value);
  if (depth && (*depth <= 0.0 || *depth > 1.0)) {
    throw usage_error("the depth {} is not in (0, 1]", value);
  }
  job.explain.gradcam_layer = value;
}

constexpr std::int64_t many = 1'000'000'000;

std::vector<Option> make_options() {
  return {
      {"models", "NAMES", "",
       "zoo names, timm ids or TorchScript files (FILE.ts), comma separated, or a group: 'sightline models' lists them",
       Topic::models, set_list({&JobConfig::models, &ModelsConfig::names})},
      {"weights", "FOLDER|FILE|synthetic:SEED|random:SEED", "models/weights",
       "safetensors files named TIMM_ID.safetensors, one such file, a formula (tests), or timm's initialisation",
       Topic::predict, set_text({&JobConfig::models, &ModelsConfig::weights})},
      {"allow-nonfinite-weights", "on|off", "off", "whether weights that are NaN or infinite are taken, not refused",
       Topic::predict,
       set_choice<bool, bool>({&JobConfig::models, &ModelsConfig::allow_nonfinite_weights},
                              {{"on", true}, {"off", false}})},
      {"images", "FOLDER|TAR|CSV", "",
       "a folder whose sub-folders are classes, a flat folder, a CSV with a header path,label, or tar archives: a "
       "file, a folder of them, or a pattern such as shards/{000..639}.tar; hidden files and folders are left out",
       Topic::images, set_text({&JobConfig::images, &ImagesConfig::source})},
      {"images.root", "FOLDER|TAR", "",
       "what the paths in the CSV of --images are relative to: a folder, or tar archives as for --images; default: the "
       "CSV's folder",
       Topic::images, set_text({&JobConfig::images, &ImagesConfig::root})},
      {"classes", "CSV", "",
       "a CSV with the header index,wnid,name, which maps folder names to class indices; default: the names where all "
       "are whole numbers, otherwise their order",
       Topic::images, set_text({&JobConfig::images, &ImagesConfig::classes})},
      {"limit", "N images", "0", "only the first N images (after shuffling); 0 = all", Topic::predict,
       set_integer({&JobConfig::images, &ImagesConfig::limit}, 0, many)},
      {"shuffle", "SEED", "", "shuffle the image list; without it the order is that of the paths, or that of the CSV",
       Topic::predict, [](JobConfig& job, const std::string& value) { job.images.shuffle = parse_seed(value); }},
      {"methods", "NAMES", "gradcam",
       "attribution methods, comma separated: 'sightline methods' lists them; a CAM of another layer is gradcam@0.5 or "
       "gradcam@layer3",
       Topic::methods, set_list({&JobConfig::explain, &ExplainConfig::methods})},
      {"target", "predicted|label|INDEX", "predicted",
       "the class that is explained: the model's prediction, the label of the image, or the class with this index",
       Topic::explain, set_target},
      {"transforms", "common|model", "common",
       "common: every image is resized straight to 224 x 224, bilinear; model: the model's timm evaluation recipe",
       Topic::predict,
       set_choice<Transforms, Transforms>({&JobConfig::images, &ImagesConfig::transforms},
                                          {{"common", Transforms::common}, {"model", Transforms::model}})},
      {"on-bad-image", "fail|skip", "fail",
       "fail: an image that cannot be read ends the run; skip: it is left out, listed and marked", Topic::bad_images,
       set_choice<BadImage, BadImage>({&JobConfig::images, &ImagesConfig::on_bad_image},
                                      {{"fail", BadImage::fail}, {"skip", BadImage::skip}})},
      {"input-size", "PIXELS", "", "side of the images that a TorchScript model takes", Topic::predict,
       set_integer({&JobConfig::models, &ModelsConfig::input_size}, 1, 4096)},
      {"mean", "R,G,B", "", "channel means for a TorchScript model, for images in [0, 1]", Topic::predict,
       set_rgb({&JobConfig::models, &ModelsConfig::mean})},
      {"std", "R,G,B", "", "channel standard deviations for a TorchScript model, for images in [0, 1]", Topic::predict,
       set_rgb({&JobConfig::models, &ModelsConfig::std})},
      {"crop-pct", "SHARE", "0.875",
       "input size / short side of the resized image, for a TorchScript model with --transforms model", Topic::predict,
       set_in_closed_interval({&JobConfig::models, &ModelsConfig::crop_pct}, 0.01, 1.0)},
      {"interpolation", "bilinear|bicubic", "bilinear",
       "resampling filter for a TorchScript model with --transforms model", Topic::predict,
       set_choice<Interpolation, Interpolation>(
           {&JobConfig::models, &ModelsConfig::interpolation},
           {{"bilinear", Interpolation::bilinear}, {"bicubic", Interpolation::bicubic}})},
      {"output", "FOLDER", "", "where explanations.h5, tables, figures and the report go; resumed if it exists",
       Topic::output, set_text(&JobConfig::output)},
      {"device", "auto|cpu|cuda", "auto", "auto: a GPU per rank where there is one", Topic::predict,
       set_choice<Device, Device>({&JobConfig::compute, &ComputeConfig::device},
                                  {{"auto", Device::automatic}, {"cpu", Device::cpu}, {"cuda", Device::cuda}})},
      {"precision", "fp32|tf32|bf16|mixed", "fp32",
       "number type that the models compute in; mixed = bf16 for the passes over masked images (KernelSHAP, LIME, "
       "RISE ...) and fp32 for all others; bf16 needs AVX512 or a GPU to be fast; tf32 = fp32, but a GPU rounds the "
       "factors of its products to 10 bits, which fp32 never does",
       Topic::predict,
       set_choice<Precision, Precision>({&JobConfig::compute, &ComputeConfig::precision},
                                        {{"fp32", Precision::fp32},
                                         {"tf32", Precision::tf32},
                                         {"bf16", Precision::bf16},
                                         {"mixed", Precision::mixed}})},
      {"batch", "N images", "",
       "images per pass; default: 8 on a CPU, 64 on a GPU; 0 = the fastest batch that fits into memory is measured, "
       "and recorded in the store; a batch is halved when memory runs out",
       Topic::predict, [](JobConfig& job, const std::string& value) { job.compute.batch = parse_batch(value); }},
      {"threads", "N per rank", "1", "CPU threads of each rank; more ranks are faster than more threads",
       Topic::predict, set_integer({&JobConfig::compute, &ComputeConfig::threads}, 1, 1024)},
      {"chunk", "N images", "16", "images per work unit; raised to the batch when that is larger", Topic::predict,
       set_integer({&JobConfig::explain, &ExplainConfig::chunk}, 1, 65536)},
      {"part", "K/N", "1/1",
       "explain only every N-th chunk of the images, from the K-th on; 'sightline merge' joins the parts", Topic::part,
       set_part},
      {"verify", "full|recent|none", "full",
       "which stored records of an earlier run are compared with their checksums, after what is missing is computed, "
       "and "
       "computed again where they are corrupt: all, those that are newer than the last run with 'recent' that came to "
       "its end, or none; tables take no corrupt record in any case",
       Topic::predict,
       set_choice<Verify, Verify>({&JobConfig::explain, &ExplainConfig::verify},
                                  {{"full", Verify::full}, {"recent", Verify::recent}, {"none", Verify::none}})},
      {"models-at-once", "N", "0",
       "most models that a rank keeps in memory; 0 = all, or fewer where that balances the work of the ranks better",
       Topic::predict, set_integer({&JobConfig::compute, &ComputeConfig::models_at_once}, 0, 1000)},
      {"grace", "SECONDS", "20",
       "how long a rank may take to end after a signal; what is in flight then is dropped, what was written stays",
       Topic::output, set_integer({&JobConfig::supervision, &SupervisionConfig::grace}, 1, 86'400)},
      {"stall", "SECONDS", "600",
       "a rank that makes no progress for so long ends the job, with a message that names it; 0 = never", Topic::output,
       set_integer({&JobConfig::supervision, &SupervisionConfig::stall}, 0, 86'400)},
      {"log-file", "FILE", "", "rank R also writes its lines, with date and time, to FILE.R", Topic::output,
       set_text({&JobConfig::supervision, &SupervisionConfig::log_file})},
      {"seed", "SEED", "1", "seed of the methods' random numbers; the order of the images has its own seed (--shuffle)",
       Topic::seed, [](JobConfig& job, const std::string& value) { job.seed = parse_seed(value); }},
      {"pixel-dtype", "float32|float16", "float32",
       "stored type of maps at pixel resolution; float16 halves the file: with a power of two per map as 'scale', no "
       "value is off by more than 0.05 %",
       Topic::explain,
       set_choice<PixelDtype, PixelDtype>({&JobConfig::explain, &ExplainConfig::pixel_dtype},
                                          {{"float32", PixelDtype::float32}, {"float16", PixelDtype::float16}})},
      {"store-logits", "all|top5|none", "",
       "which logits of an image explanations.h5 keeps: of all classes, the five largest with their classes, or none; "
       "default: top5 in a new store, and what there is in an old one; 'export --to virelay' needs all",
       Topic::explain,
       set_choice<std::optional<StoreLogits>, StoreLogits>(
           {&JobConfig::explain, &ExplainConfig::store_logits},
           {{"all", StoreLogits::all}, {"top5", StoreLogits::top5}, {"none", StoreLogits::none}})},
      {"gradcam.layer", "DEPTH|PATH", "",
       "layer of every CAM: a depth in (0, 1] or a timm module path; default: the target layer of the model",
       Topic::explain, set_cam_layer},
      {"gradcam.fix-corner", "auto|on|off", "auto",
       "replace cell [0,6] of the target layer by the mean of the other cells; auto: EfficientNet-B4 on a 7 x 7 grid",
       Topic::explain,
       set_choice<std::optional<bool>, std::optional<bool>>({&JobConfig::explain, &ExplainConfig::fix_corner},
                                                            {{"auto", std::nullopt}, {"on", true}, {"off", false}})},
      {"ranks", "N", "1", "number of ranks that the job is planned for", Topic::plan,
       set_integer({&JobConfig::plan, &PlanConfig::ranks}, 1, 1'000'000)},
      {"calibrate", "N images", "8",
       "images in the passes that are timed with every model, at most a batch; 0 = forecast only sizes", Topic::plan,
       set_integer({&JobConfig::plan, &PlanConfig::calibration_images}, 0, 1024)},
  };
}

}  // namespace

std::string Target::text() const {
  return rule == Rule::predicted ? "predicted" : rule == Rule::label ? "label" : std::to_string(index);
}

const std::vector<Option>& general_options() {
  static const auto options = [] {
    auto all = make_options();
    for (const auto& more : {focus_options(), training_options(), comparison_options(), input_options()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return options;
}

std::string help_text(const std::vector<Topic>& topics, const std::vector<Option>& options) {
  std::string text;
  for (const auto& option : options) {
    if (std::find(topics.begin(), topics.end(), option.topic) == topics.end()) {
      continue;
    }
    const std::string fallback = option.default_value.empty() ? "" : fmt::format(" [{}]", option.default_value);
    text += fmt::format("  --{} {}\n        {}{}\n", option.name, option.placeholder, option.help, fallback);
  }
  return text;
}

}  // namespace sightline::job

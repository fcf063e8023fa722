#include "stages/compare/repeats.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/shuffle.hpp"
#include "base/text.hpp"
#include "stages/run/resolved_job.hpp"
#include "store/path_rows.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

std::filesystem::path file_in(const std::string& folder) {
  return std::filesystem::path(folder) / store::schema::file_name;
}

/// The predictions do not matter to the similarity of a map and its repetition.
Predictions no_predictions(const ComparisonInput& input, std::uint64_t images) {
  std::size_t rows = 0;
  for (const auto& item : input.items()) {
    rows = std::max(rows, item.prediction_row + 1);
  }
  return Predictions(rows, std::vector<std::int32_t>(images, 0));
}

}  // namespace

Repeat::Repeat(std::string folder, const ComparisonInput& input)
    : folder_(std::move(folder)),
      input_(file_in(folder_), input.items(),
             no_predictions(input, store::Explanations::open_to_read(file_in(folder_)).images()), input.name()) {
  const auto& own = input_.items();
  for (const auto& item : input.items()) {
    const auto found = std::find_if(own.begin(), own.end(), [&](const ComparedItem& other) {
      return other.model == item.model && other.method == item.method;
    });
    items_.push_back(found == own.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - own.begin())));
  }
  const auto stored = input_.store().image_paths();
  store::PathRows known(stored);
  for (const auto& path : input.store().image_paths()) {
    rows_.push_back(known.find(path, rows_.size()));
  }
  if (std::none_of(rows_.begin(), rows_.end(), [](const auto& row) { return row.has_value(); })) {
    throw base::input_error("compare.repeats: {}: has no image of {}; a repetition explains the same images",
                            file_in(folder_).string(), input.store().hdf5().path().string());
  }
}

std::string Repeat::difference(std::size_t item, const ComparisonInput& original) const {
  const auto& repeated = input_.items()[item];
  const auto text = [](const ComparisonInput& of, const std::string& group, const std::string& fact) {
    const auto& file = of.store().hdf5();
    return file.has_attribute(group, fact) ? file.text_attribute(group, fact) : std::string();
  };
  const auto model = store::schema::model_group(repeated.model);
  const auto transforms = text(input_, model, store::schema::transforms);
  if (transforms != text(original, model, store::schema::transforms)) {
    const auto perturbation = perturbation_in(transforms);
    return perturbation == images::Perturbation::none ? transforms : images::name_of(perturbation);
  }
  const auto differs = [&](const std::string& group, const char* fact) {
    return text(original, group, fact) != text(input_, group, fact);
  };
  const auto method = store::schema::method_group(repeated.model, repeated.method);
  return differs(model, store::schema::weights_sha256)    ? "weights"
         : differs(method, store::schema::parameter_hash) ? "parameters"
         : differs(method, store::schema::seed)           ? "seed"
                                                          : "nothing";
}

std::vector<Repeat> open_repeats(const comm::Communicator& ranks, const job::JobConfig& config,
                                 const ComparisonInput& input) {
  std::vector<Repeat> repeats;
  ranks.all_or_throw([&] {
    for (const auto& folder : config.compare.repeats) {
      repeats.emplace_back(folder, input);
    }
  });
  for (const auto& repeat : repeats) {
    for (const auto& sentence : repeat.input().left_out()) {
      if (ranks.is_root()) {
        base::log_warning(sentence);
      }
    }
  }
  return repeats;
}

std::vector<std::uint64_t> image_sample(const job::JobConfig& config, const ComparisonInput& input,
                                        const std::vector<Repeat>& repeats) {
  std::vector<std::uint64_t> sample;
  for (std::uint64_t image = 0; image < input.images(); ++image) {
    if (std::all_of(repeats.begin(), repeats.end(), [&](const Repeat& each) { return each.row(image).has_value(); })) {
      sample.push_back(image);
    }
  }
  if (!repeats.empty() && sample.empty()) {
    throw base::input_error("compare.repeats: {} have no image of {} in common",
                            base::join(config.compare.repeats, ", "), input.store().hdf5().path().string());
  }
  base::shuffle(sample, base::NumberStream("floor", config.seed));
  sample.resize(std::min<std::size_t>(sample.size(), static_cast<std::size_t>(config.compare.floor_images)));
  std::sort(sample.begin(), sample.end());
  return sample;
}

}  // namespace sightline::stages

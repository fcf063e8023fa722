#include "app/comparison_input.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "store/schema.hpp"

namespace sightline::app {

std::vector<std::vector<std::int32_t>> read_predictions(const store::Explanations& store,
                                                        const std::vector<std::string>& models) {
  std::vector<std::vector<std::int32_t>> all;
  for (const auto& model : models) {
    const auto done = store.status(model, "");
    auto classes =
        store.hdf5().dataset(store::schema::model_group(model) + "/" + store::schema::prediction).read<std::int32_t>();
    for (std::size_t image = 0; image < classes.size(); ++image) {
      classes[image] = done[image] == 0 ? -1 : classes[image];
    }
    all.push_back(std::move(classes));
  }
  return all;
}

ComparisonInput::ComparisonInput(const std::filesystem::path& file, const std::vector<std::string>& models,
                                 const std::string& method)
    : store_(store::Explanations::open_to_read(file)), method_(method) {
  const auto stored = store_.models();
  for (const auto& model : models) {
    if (std::find(stored.begin(), stored.end(), model) == stored.end()) {
      throw base::input_error("{}: has no {} maps of {}; it has {}. Run 'sightline attribute' first.", file.string(),
                              method, model, base::join(stored, ", "));
    }
    const auto methods = store_.methods(model);
    if (std::find(methods.begin(), methods.end(), method) == methods.end()) {
      left_out_.push_back(fmt::format("{}: {} has no {} maps and is left out; it has {}", file.string(), model, method,
                                      base::join(methods, ", ")));
      continue;
    }
    models_.push_back(model);
    rows_.push_back(static_cast<std::size_t>(&model - models.data()));
    status_.push_back(store_.status(model, method));
  }
  if (models_.empty()) {
    throw base::input_error("{}: no model has {} maps. Run 'sightline attribute' first.", file.string(), method);
  }
  predictions_ = read_predictions(store_, models_);
  choose_reading();
}

void ComparisonInput::choose_reading() {
  std::string key;
  for (const auto& model : models_) {
    const auto group = store::schema::method_group(model, method_);
    const auto kind = store_.hdf5().text_attribute(group, store::schema::kind);
    const bool attention = method_ == "attentionrollout" || method_ == "chefer";
    reading_ = kind == "superpixels" ? Reading::superpixels
               : kind == "pixels"    ? Reading::pixels
               : attention           ? Reading::attention
                                     : Reading::cam;
    if (reading_ == Reading::superpixels) {
      const auto own = store_.hdf5().text_attribute(group, store::schema::superpixel_key);
      if (!key.empty() && own != key) {
        throw base::input_error(
            "{}: the {} maps of {} are on superpixels {}, those of {} on {}; --transforms common makes them comparable",
            store_.hdf5().path().string(), method_, models_.front(), key, model, own);
      }
      key = own;
    }
  }
  if (!key.empty()) {
    labels_ = store_.hdf5().dataset(store::schema::superpixel_maps(key));
  }
}

std::vector<float> ComparisonInput::values(std::size_t model, std::uint64_t index) const {
  if (status_[model][index] == 0) {
    return {};
  }
  auto raw = store_.read_values(models_[model], method_, index);
  while (reading_ == Reading::superpixels && !raw.empty() && std::isnan(raw.back())) {
    raw.pop_back();
  }
  const bool finite = std::all_of(raw.begin(), raw.end(), [](float value) { return std::isfinite(value); });
  return finite ? raw : std::vector<float>();
}

comparison::ImageMaps ComparisonInput::on_grids(std::uint64_t index, comparison::Upsampling& upsampling,
                                                bool with_pixels) const {
  std::vector<std::optional<comparison::UpsampledMap>> maps(models_.size());
  for (std::size_t m = 0; m < models_.size(); ++m) {
    const auto raw = values(m, index);
    if (raw.empty()) {
      continue;
    }
    const auto rows = static_cast<std::int64_t>(store_.extent(models_[m], method_)[1]);
    const auto columns = static_cast<std::int64_t>(store_.extent(models_[m], method_)[2]);
    if (reading_ == Reading::cam) {
      maps[m] = upsampling.rescaled(comparison::native_gradcam(raw, rows, columns));
    } else {
      comparison::GridMap map{rows, columns, raw};
      const float largest = *std::max_element(raw.begin(), raw.end());
      for (auto& value : map.values) {
        value = largest > 0.0F ? value / largest : 0.0F;
      }
      maps[m] = upsampling.plain(map);
    }
  }
  return comparison::maps_on_grids(maps, upsampling, with_pixels);
}

comparison::ImageMaps ComparisonInput::as_pixels(std::uint64_t index, const job::JobConfig& config,
                                                 comparison::Upsampling& upsampling, bool with_pixels) const {
  std::vector<std::optional<Eigen::VectorXd>> maps(models_.size());
  for (std::size_t m = 0; m < models_.size(); ++m) {
    if (const auto raw = values(m, index); !raw.empty()) {
      const auto& extent = store_.extent(models_[m], method_);
      maps[m] = comparison::at_size(comparison::read_signed(raw, config.clip_percent, config.absolute),
                                    static_cast<std::int64_t>(extent[1]), static_cast<std::int64_t>(extent[2]),
                                    config.compare_size, upsampling);
    }
  }
  auto result = comparison::maps_as_vectors(maps, {});
  if (with_pixels) {
    comparison::add_pixels(maps, {}, result);
  }
  return result;
}

comparison::ImageMaps ComparisonInput::as_superpixels(std::uint64_t index, const job::JobConfig& config,
                                                      bool with_pixels) const {
  const auto labels = labels_->read_rows<std::uint16_t>(index, 1);
  const double pixels = static_cast<double>(config.compare_size * config.compare_size);
  std::vector<std::optional<Eigen::VectorXd>> maps(models_.size());
  Eigen::VectorXd areas;
  for (std::size_t m = 0; m < models_.size(); ++m) {
    const auto raw = values(m, index);
    if (raw.empty()) {
      continue;
    }
    if (areas.size() == 0) {
      areas = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(raw.size()));
      for (const auto label : labels) {
        areas[std::min<Eigen::Index>(label, areas.size() - 1)] += pixels / static_cast<double>(labels.size());
      }
    }
    if (raw.size() == static_cast<std::size_t>(areas.size())) {
      maps[m] = comparison::read_signed(raw, 0.0, config.absolute);
    }
  }
  auto result = comparison::maps_as_vectors(maps, areas);
  if (with_pixels) {
    const auto side = static_cast<std::int64_t>(labels_->extent()[1]);
    comparison::add_pixels(maps, comparison::nearest_labels(labels, side, config.compare_size), result);
  }
  return result;
}

comparison::ImageMaps ComparisonInput::image(std::uint64_t index, const job::JobConfig& config,
                                             comparison::Upsampling& upsampling, bool with_pixels) const {
  auto result = reading_ == Reading::superpixels ? as_superpixels(index, config, with_pixels)
                : reading_ == Reading::pixels    ? as_pixels(index, config, upsampling, with_pixels)
                                                 : on_grids(index, upsampling, with_pixels);
  const bool is_signed = reading_ == Reading::superpixels || reading_ == Reading::pixels;
  result.range = is_signed && !config.absolute ? 2.0 : 1.0;
  for (std::size_t m = 0; m < models_.size(); ++m) {
    result.predictions.push_back(predictions_[m][index]);
  }
  return result;
}

}  // namespace sightline::app

#include "stages/compare/comparison_input.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "attribution/methods/registry.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "images/perturb.hpp"
#include "stages/run/resolved_job.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The map averaged over the grid of --compare.grid, if there is one.
comparison::GridMap on_common_grid(const comparison::GridMap& map, const job::JobConfig& config) {
  return config.compare.grid > 0 ? comparison::averaged(map, config.compare.grid) : map;
}

/// The same of a map with one value per pixel, which is enlarged again.
comparison::PixelMap on_common_grid(comparison::PixelMap map, const job::JobConfig& config,
                                    comparison::Upsampling& upsampling) {
  if (config.compare.grid == 0) {
    return map;
  }
  const auto cells =
      comparison::averaged({config.compare.size, config.compare.size, map.undivided()}, config.compare.grid);
  const auto pixels = upsampling.pixels(upsampling.unscaled(cells));
  comparison::PixelMap enlarged{{pixels.begin(), pixels.end()}};
  enlarged.normalised = true;  // means over cells are smaller than the values were
  return enlarged;
}

}  // namespace

ComparisonInput::ComparisonInput(const std::filesystem::path& file, const std::vector<ComparedItem>& items,
                                 const Predictions& predictions, std::string name)
    : store_(store::Explanations::open_to_read(file)), name_(std::move(name)) {
  const auto stored = store_.models();
  for (const auto& item : items) {
    if (!contains(stored, item.model)) {
      throw base::input_error("{}: has no {} maps of {}; it has {}. Run 'sightline attribute' first.", file.string(),
                              item.method, item.model, base::join(stored, ", "));
    }
    const auto methods = store_.methods(item.model);
    if (!contains(methods, item.method)) {
      left_out_.push_back(fmt::format("{}: {} has no {} maps and is left out; it has {}", file.string(), item.model,
                                      item.method, base::join(methods, ", ")));
      continue;
    }
    items_.push_back(item);
    sources_.push_back(source_of(item));
    predictions_.push_back(predictions[item.prediction_row]);
  }
  if (items_.empty()) {
    throw base::input_error("{}: there are no maps to compare for {}. Run 'sightline attribute' first.", file.string(),
                            name_);
  }
  check_superpixels();
}

ComparisonInput::Source ComparisonInput::source_of(const ComparedItem& item) const {
  const auto group = store::schema::method_group(item.model, item.method);
  const auto kind = store_.hdf5().text_attribute(group, store::schema::kind);
  const bool attention = attribution::grid_reading(item.method) == attribution::GridReading::attention;
  Source source;
  source.reading = kind == store::schema::kind_superpixels ? Reading::superpixels
                   : kind == store::schema::kind_pixels    ? Reading::pixels
                   : attention                             ? Reading::attention
                                                           : Reading::cam;
  source.status = store_.status(item.model, item.method);
  const auto model_group = store::schema::model_group(item.model);
  if (store_.hdf5().has_attribute(model_group, store::schema::transforms)) {
    source.perturbation = perturbation_in(store_.hdf5().text_attribute(model_group, store::schema::transforms));
  }
  source.input_side = store_.hdf5().integer_attribute(model_group, store::schema::input_size);
  if (source.reading == Reading::superpixels) {
    source.superpixels = store_.hdf5().text_attribute(group, store::schema::superpixel_key);
    const auto path = store::schema::superpixel_maps(source.superpixels);
    const auto extent = store_.hdf5().dataset(path).extent();
    if (extent[1] != extent[2]) {
      throw base::input_error("{}:{}: holds label maps of {} x {} pixels; they should be square",
                              store_.hdf5().path().string(), path, extent[1], extent[2]);
    }
    source.side = static_cast<std::int64_t>(extent[1]);
  }
  return source;
}

void ComparisonInput::check_superpixels() const {
  std::size_t first = items_.size();
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (sources_[i].reading != Reading::superpixels) {
      continue;
    }
    first = std::min(first, i);
    if (sources_[i].superpixels != sources_[first].superpixels && all_read_as({Reading::superpixels})) {
      throw base::input_error(
          "{}: the {} maps of {} are on superpixels {}, the {} maps of {} on {}; --transforms common and the same "
          "features make them comparable",
          store_.hdf5().path().string(), items_[first].method, items_[first].model, sources_[first].superpixels,
          items_[i].method, items_[i].model, sources_[i].superpixels);
    }
  }
}

bool ComparisonInput::all_read_as(std::initializer_list<Reading> readings) const {
  return std::all_of(sources_.begin(), sources_.end(), [&](const Source& source) {
    return std::find(readings.begin(), readings.end(), source.reading) != readings.end();
  });
}

std::vector<float> ComparisonInput::values(std::size_t item, std::uint64_t index) const {
  auto map = store_.good_map(items_[item].model, items_[item].method, index, sources_[item].status[index]);
  if (!map) {
    return {};
  }
  auto& raw = map->values;
  while (sources_[item].reading == Reading::superpixels && !raw.empty() && std::isnan(raw.back())) {
    raw.pop_back();
  }
  const bool finite = std::all_of(raw.begin(), raw.end(), [](float value) { return std::isfinite(value); });
  const bool fits = sources_[item].reading != Reading::superpixels || labels_fit(item, index, raw.size());
  return finite && fits ? std::move(raw) : std::vector<float>();
}

const ComparisonInput::LabelMap& ComparisonInput::label_map(const std::string& key, std::uint64_t index) const {
  auto& last = label_maps_[key];
  if (last.image != index) {
    last = {index, store_.read_superpixels(key, index)};
    last.largest = *std::max_element(last.labels.begin(), last.labels.end());
  }
  return last;
}

bool ComparisonInput::labels_fit(std::size_t item, std::uint64_t index, std::size_t values) const {
  const auto largest = label_map(sources_[item].superpixels, index).largest;
  if (largest < values) {
    return true;
  }
  base::log_warning(
      fmt::format("{}: superpixels {} of {}: the label {} has no value among the {} of {}, {}; this map is left out",
                  store_.hdf5().path().string(), sources_[item].superpixels, store_.image_paths().at(index), largest,
                  values, items_[item].model, items_[item].method));
  return false;
}

std::int64_t ComparisonInput::map_side(std::size_t item) const {
  const auto& extent = store_.extent(items_[item].model, items_[item].method);
  return sources_[item].reading == Reading::superpixels ? 0 : static_cast<std::int64_t>(extent[1]);
}

comparison::UpsampledMap ComparisonInput::on_grid(std::size_t item, const std::vector<float>& raw,
                                                  const job::JobConfig& config,
                                                  comparison::Upsampling& upsampling) const {
  const auto& extent = store_.extent(items_[item].model, items_[item].method);
  const auto rows = static_cast<std::int64_t>(extent[1]);
  const auto columns = static_cast<std::int64_t>(extent[2]);
  if (sources_[item].reading == Reading::cam) {
    return upsampling.rescaled(on_common_grid(comparison::native_gradcam(raw, rows, columns), config));
  }
  auto map = on_common_grid({rows, columns, raw}, config);
  const float largest = *std::max_element(map.values.begin(), map.values.end());
  for (auto& value : map.values) {
    value = largest > 0.0F ? value / largest : 0.0F;
  }
  return upsampling.unscaled(map);
}

std::vector<std::uint16_t> ComparisonInput::labels_at_size(std::size_t item, std::uint64_t index,
                                                           std::int64_t size) const {
  return comparison::resized_labels(label_map(sources_[item].superpixels, index).labels, sources_[item].side, size);
}

comparison::PixelMap ComparisonInput::as_pixels(std::size_t item, std::vector<float> raw, std::uint64_t index,
                                                const job::JobConfig& config,
                                                comparison::Upsampling& upsampling) const {
  if (sources_[item].reading == Reading::pixels) {
    const auto& extent = store_.extent(items_[item].model, items_[item].method);
    return on_common_grid(comparison::resized(comparison::read_pixels(std::move(raw), config.compare.clip_percent,
                                                                      config.compare.absolute),
                                              static_cast<std::int64_t>(extent[1]),
                                              static_cast<std::int64_t>(extent[2]), config.compare.size, upsampling),
                          config, upsampling);
  }
  if (sources_[item].reading != Reading::superpixels) {
    const auto pixels = upsampling.pixels(on_grid(item, raw, config, upsampling));
    return {{pixels.begin(), pixels.end()}};
  }
  const auto entries = labels_at_size(item, index, config.compare.size);
  const auto read = comparison::read_signed(raw, config.compare.absolute);
  std::vector<float> pixels(entries.size());
  std::transform(entries.begin(), entries.end(), pixels.begin(),
                 [&](std::uint16_t entry) { return static_cast<float>(read[entry]); });
  return on_common_grid(comparison::PixelMap{std::move(pixels)}, config, upsampling);
}

comparison::ImageMaps ComparisonInput::all_on_grids(const std::vector<std::uint64_t>& images,
                                                    const job::JobConfig& config, comparison::Upsampling& upsampling,
                                                    bool with_pixels) const {
  std::vector<std::optional<comparison::UpsampledMap>> maps(items_.size());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (const auto raw = values(i, images[i]); !raw.empty()) {
      maps[i] = on_grid(i, raw, config, upsampling);
    }
  }
  return comparison::maps_on_grids(maps, upsampling, with_pixels);
}

std::optional<comparison::PixelMap> ComparisonInput::pixels(std::size_t item, std::uint64_t index,
                                                            const job::JobConfig& config,
                                                            comparison::Upsampling& upsampling) const {
  auto raw = values(item, index);
  return raw.empty() ? std::nullopt : std::optional(as_pixels(item, std::move(raw), index, config, upsampling));
}

std::optional<comparison::PixelMap> ComparisonInput::pixels_moved_back(std::size_t item, std::uint64_t index,
                                                                       const job::JobConfig& config,
                                                                       comparison::Upsampling& upsampling) const {
  auto map = pixels(item, index, config, upsampling);
  const auto perturbation = sources_[item].perturbation;
  if (!map || perturbation == images::Perturbation::none) {
    return map;
  }
  comparison::PixelMap moved{images::moved_back(perturbation, map->undivided(), static_cast<int>(config.compare.size),
                                                static_cast<int>(sources_[item].input_side))};
  moved.normalised = map->normalised;
  return moved;
}

comparison::ImageMaps ComparisonInput::all_as_pixels(const std::vector<std::uint64_t>& images,
                                                     const job::JobConfig& config, comparison::Upsampling& upsampling,
                                                     bool with_pixels) const {
  std::vector<std::optional<comparison::PixelMap>> maps(items_.size());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    maps[i] = pixels(i, images[i], config, upsampling);
  }
  return comparison::maps_as_pixels(maps, with_pixels);
}

comparison::ImageMaps ComparisonInput::all_as_superpixels(std::uint64_t index, const job::JobConfig& config,
                                                          bool with_pixels) const {
  const auto& labels = label_map(sources_.front().superpixels, index).labels;
  const double pixels = static_cast<double>(config.compare.size * config.compare.size);
  std::vector<std::optional<Eigen::VectorXd>> maps(items_.size());
  Eigen::VectorXd areas;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const auto raw = values(i, index);
    if (raw.empty()) {
      continue;
    }
    if (areas.size() == 0) {
      areas = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(raw.size()));
      for (const auto label : labels) {
        areas[label] += pixels / static_cast<double>(labels.size());
      }
    }
    if (raw.size() == static_cast<std::size_t>(areas.size())) {
      maps[i] = comparison::read_signed(raw, config.compare.absolute);
    }
  }
  auto result = comparison::maps_on_superpixels(maps, areas);
  if (with_pixels) {
    comparison::add_pixels(maps, labels_at_size(0, index, config.compare.size), result);
  }
  return result;
}

double ComparisonInput::range(const job::JobConfig& config) const {
  return config.compare.absolute || all_read_as({Reading::cam, Reading::attention}) ? 1.0 : 2.0;
}

comparison::ImageMaps ComparisonInput::image(std::uint64_t index, const job::JobConfig& config,
                                             comparison::Upsampling& upsampling, bool with_pixels) const {
  return maps_of(std::vector<std::uint64_t>(items_.size(), index), config, upsampling, with_pixels);
}

comparison::ImageMaps ComparisonInput::maps_of(const std::vector<std::uint64_t>& images, const job::JobConfig& config,
                                               comparison::Upsampling& upsampling, bool with_pixels) const {
  const bool one_image = std::adjacent_find(images.begin(), images.end(), std::not_equal_to<>()) == images.end();
  auto result = all_read_as({Reading::cam, Reading::attention}) ? all_on_grids(images, config, upsampling, with_pixels)
                : one_image && config.compare.grid == 0 && all_read_as({Reading::superpixels})
                    ? all_as_superpixels(images.front(), config, with_pixels)
                    : all_as_pixels(images, config, upsampling, with_pixels);
  result.range = range(config);
  for (std::size_t item = 0; item < items_.size(); ++item) {
    result.predictions.push_back(predictions_[item][images[item]]);
  }
  return result;
}

}  // namespace sightline::stages

#include "app/comparison_input.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "store/schema.hpp"

namespace sightline::app {

ComparisonInput::ComparisonInput(const std::filesystem::path& file, std::vector<std::string> models, std::string method)
    : store_(store::Explanations::open_to_read(file)), models_(std::move(models)) {
  const auto stored = store_.models();
  for (const auto& model : models_) {
    const bool known = std::find(stored.begin(), stored.end(), model) != stored.end();
    const auto methods = known ? store_.methods(model) : std::vector<std::string>();
    if (std::find(methods.begin(), methods.end(), method) == methods.end()) {
      throw base::input_error("{}: has no {} maps of {}; it has {}. Run 'sightline attribute' first.", file.string(),
                              method, model, known ? base::join(methods, ", ") : base::join(stored, ", "));
    }
    values_.push_back(store_.hdf5().dataset(store::schema::method_group(model, method) + "/" + store::schema::values));
    status_.push_back(store_.status(model, method));
    const auto done = store_.status(model, "");
    auto classes =
        store_.hdf5().dataset(store::schema::model_group(model) + "/" + store::schema::prediction).read<std::int32_t>();
    for (std::size_t image = 0; image < classes.size(); ++image) {
      classes[image] = done[image] == 0 ? -1 : classes[image];
    }
    predictions_.push_back(std::move(classes));
  }
}

comparison::ImageMaps ComparisonInput::image(std::uint64_t index, comparison::Upsampling& upsampling) const {
  comparison::ImageMaps result;
  for (std::size_t m = 0; m < models_.size(); ++m) {
    result.maps.emplace_back();
    result.predictions.push_back(predictions_[m][index]);
    if (status_[m][index] == 0) {
      continue;
    }
    const auto raw = values_[m].read_rows<float>(index, 1);
    if (std::all_of(raw.begin(), raw.end(), [](float value) { return std::isfinite(value); })) {
      const auto& extent = values_[m].extent();
      const auto map =
          comparison::native_gradcam(raw, static_cast<std::int64_t>(extent[1]), static_cast<std::int64_t>(extent[2]));
      result.maps.back() = upsampling.rescaled(map);
    }
  }
  return result;
}

}  // namespace sightline::app

#include "stages/focus/focus_result.hpp"

#include <algorithm>
#include <cmath>

#include "attribution/methods/registry.hpp"
#include "attribution/quality/quality_metrics.hpp"
#include "base/nan.hpp"
#include "stages/focus/tile_record.hpp"
#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

using base::nan;

MosaicPredictions read_predictions(const store::Explanations& store, const std::string& model,
                                   const focus::MosaicSet& set, const std::vector<std::uint64_t>& rows) {
  const auto status = store.status(model, "");
  MosaicPredictions made{model, 0, {}, {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (status[rows[i]] == 0) {
      made.prediction.push_back(-1);
      made.target_probability.push_back(nan);
      continue;
    }
    const auto record = store.read_prediction(model, rows[i]);
    made.classes = static_cast<std::int64_t>(record.logits.size());
    made.prediction.push_back(record.prediction);
    made.target_probability.push_back(record.prediction < 0 ? nan
                                                            : probability_of(record.logits, set.mosaics[i].target));
  }
  return made;
}

/// The information about the class in the stored maps of a method. The stored parameter `channels` decides whether maps
/// of pixels have a sign.
attribution::Reads reads_of(const store::Explanations& store, const std::string& group, const std::string& method) {
  const auto reads = attribution::find_method(method.substr(0, method.find('@'))).reads;
  if (reads == attribution::Reads::nothing || !store.hdf5().has_attribute(group, "channels")) {
    return reads;
  }
  return store.hdf5().text_attribute(group, "channels") == "sum" ? attribution::Reads::direction
                                                                 : attribution::Reads::magnitude;
}

}  // namespace

double probability_of(const std::vector<float>& logits, int index) {
  if (index < 0 || static_cast<std::size_t>(index) >= logits.size()) {
    return nan;
  }
  double total = 0.0;
  for (const float logit : logits) {
    total += std::exp(double{logit} - double{logits[static_cast<std::size_t>(index)]});
  }
  return 1.0 / total;
}

FocusResult read_focus(const std::filesystem::path& file, const focus::MosaicSet& set) {
  const auto store = store::Explanations::open_to_read(file);
  const auto rows = store.rows_of(focus::as_images(set).paths());
  FocusResult result{&set, {}, {}};
  for (const auto& model : store.models()) {
    result.models.push_back(read_predictions(store, model, set, rows));
    for (const auto& method : store.methods(model)) {
      const auto status = store.status(model, method);
      const auto path = store::schema::method_group(model, method) + "/" + TileRecord::focus_name;
      if (!store.hdf5().exists(path)) {
        continue;  // its maps are not of mosaics
      }
      const auto values = [&](const std::string& dataset) {
        const auto stored = store.hdf5().dataset(dataset).read<float>();
        std::vector<double> made(rows.size(), nan);
        std::transform(rows.begin(), rows.end(), made.begin(),
                       [&](std::uint64_t row) { return status[row] != 0 ? double{stored[row]} : nan; });
        return made;
      };
      const auto reads = reads_of(store, store::schema::method_group(model, method), method);
      FocusScores scores{result.models.size() - 1, method, reads, {}, values(path), {}, {}};
      for (const auto row : rows) {
        scores.done.push_back(status[row] != 0);
      }
      const auto group = store::schema::method_group(model, method) + "/";
      for (const auto& metric : attribution::quality_metrics()) {
        if (store.hdf5().exists(group + metric.name)) {
          scores.quality[metric.name] = values(group + metric.name);
        }
      }
      if (store.hdf5().exists(group + TileRecord::offending_name)) {
        const auto dataset = store.hdf5().dataset(group + TileRecord::offending_name);
        for (const auto row : rows) {
          scores.offending.push_back(dataset.read_rows<float>(row, 1));
        }
      }
      result.scores.push_back(std::move(scores));
    }
  }
  return result;
}

}  // namespace sightline::stages

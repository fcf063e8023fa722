#include "stages/compare/behaviour.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/nan.hpp"
#include "base/stop.hpp"
#include "comparison/behaviour.hpp"
#include "stages/compare/image_block.hpp"
#include "stages/compare/join_pairs.hpp"
#include "stages/run/progress.hpp"
#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

using comparison::BehaviourMeasure;
using Measures = std::vector<BehaviourMeasure>;

Measures measures_of(const job::JobConfig& config) {
  Measures measures;
  for (const auto& name : config.compare.behaviour) {
    measures.push_back(comparison::behaviour_measure(name));
  }
  return measures;
}

bool any_needs_logits(const Measures& measures) {
  return std::any_of(measures.begin(), measures.end(), [](const auto& measure) { return measure.needs_logits; });
}

/// The logits of all models for an image: classes x models, NaN without a good record.
Eigen::MatrixXd logits_of(const store::Explanations& store, const std::vector<std::string>& models,
                          std::uint64_t image) {
  Eigen::MatrixXd logits;
  for (std::size_t model = 0; model < models.size(); ++model) {
    const auto record = store.good_prediction(models[model], image);
    if (!record) {
      continue;
    }
    const Eigen::VectorXf values =
        Eigen::Map<const Eigen::VectorXf>(record->logits.data(), static_cast<Eigen::Index>(record->logits.size()));
    if (logits.size() == 0) {
      logits = Eigen::MatrixXd::Constant(values.size(), static_cast<Eigen::Index>(models.size()), base::nan);
    }
    if (logits.rows() != values.size()) {
      throw base::input_error(
          "{}: {} has {} classes and another model {}; compare the behaviour of models of the same "
          "classes",
          store.hdf5().path().string(), models[model], values.size(), logits.rows());
    }
    logits.col(static_cast<Eigen::Index>(model)) = values.cast<double>();
  }
  return logits.size() > 0 ? logits : Eigen::MatrixXd::Constant(1, static_cast<Eigen::Index>(models.size()), base::nan);
}

/// Adds the similarities of an image, which is number `place` of `count` in this rank's block.
void add(const Eigen::MatrixXd& similarities, const comparison::ImageBehaviour& image, std::uint64_t place,
         std::uint64_t count, PairBlock& block) {
  const auto models = image.predictions.size();
  for (std::size_t a = 0; a < models; ++a) {
    for (std::size_t b = a; b < models; ++b) {
      const auto pair = comparison::pair_index(a, b, models);
      const double value = similarities(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b));
      block.values[pair * count + place] = static_cast<float>(value);
      if (std::isnan(value)) {
        continue;
      }
      block.all.add(pair, value);
      if (image.predictions[a] == image.predictions[b]) {
        block.matching.add(pair, value);
      }
    }
  }
}

/// Compares the images of this rank's block: a PairBlock for each measure.
std::vector<PairBlock> compare_block(const ImageBlock& block, const Measures& measures,
                                     const store::Explanations& store, const std::vector<std::string>& models,
                                     const Predictions& predictions, const std::vector<std::int32_t>& labels,
                                     bool draws_progress) {
  std::vector<PairBlock> made;
  for (const auto& measure : measures) {
    const comparison::PairSums empty(models.size());
    made.push_back(
        {measure.name, empty, empty, std::vector<float>(comparison::pair_count(models.size()) * block.count)});
  }
  const bool with_logits = any_needs_logits(measures);
  Progress progress("compare behaviour", "images", static_cast<std::int64_t>(block.count), draws_progress);
  for (std::uint64_t i = 0; i < block.count && !base::stop_requested(); ++i) {
    comparison::ImageBehaviour image{{}, labels[block.first + i]};
    for (const auto& of_model : predictions) {
      image.predictions.push_back(of_model[block.first + i]);
    }
    if (with_logits) {
      image.logits = logits_of(store, models, block.first + i);
    }
    for (std::size_t measure = 0; measure < measures.size(); ++measure) {
      add(measures[measure].compare(image), image, i, block.count, made[measure]);
    }
    progress.update(static_cast<std::int64_t>(i + 1));
  }
  return made;
}

}  // namespace

void check_behaviour(const job::JobConfig& config, const std::filesystem::path& file,
                     const std::vector<std::string>& models, const std::vector<std::int32_t>& labels) {
  const auto measures = measures_of(config);
  if (!measures.empty() && config.compare.across != job::Across::models) {
    throw base::usage_error(
        "compare.behaviour: compares the outputs of models; leave it out, or --compare.across methods or depths");
  }
  const bool labelled = std::any_of(labels.begin(), labels.end(), [](std::int32_t label) { return label >= 0; });
  if (!labelled &&
      std::any_of(measures.begin(), measures.end(), [](const auto& each) { return each.name == "errors"; })) {
    throw base::usage_error(
        "compare.behaviour: errors needs labels, and no image of {} has one; leave it out, or explain "
        "images in a folder for each class or with labels in a CSV",
        file.string());
  }
  if (!any_needs_logits(measures)) {
    return;
  }
  const auto store = store::Explanations::open_to_read(file);
  for (const auto& model : models) {
    const auto group = store::schema::model_group(model) + "/";
    if (!store.hdf5().exists(group + store::schema::logits) ||
        store.hdf5().exists(group + store::schema::logit_classes)) {
      throw base::usage_error(
          "compare.behaviour: jensenshannon and logits need the logits of all classes, and {} has not those of {}; "
          "explain with --store-logits all",
          file.string(), model);
    }
  }
}

MethodComparison compare_behaviour(const comm::Communicator& ranks, const job::JobConfig& config,
                                   const std::filesystem::path& file, const std::vector<std::string>& models,
                                   const Predictions& predictions, const std::vector<std::int32_t>& labels) {
  std::vector<PairBlock> mine;
  ranks.all_or_throw([&] {
    mine = compare_block(block_of(ranks, labels.size()), measures_of(config), store::Explanations::open_to_read(file),
                         models, predictions, labels, ranks.is_root());
  });
  if (ranks.any(base::stop_requested())) {
    throw base::Error(base::ExitCode::stopped, "compare: stopped by a signal; run again");
  }
  MethodComparison result{behaviour, models, std::vector<std::size_t>(models.size()), {}};
  std::iota(result.prediction_rows.begin(), result.prediction_rows.end(), 0);
  for (auto& block : mine) {
    result.metrics.push_back(join_pairs(ranks, block, labels.size()));
    std::vector<float>().swap(block.values);
  }
  return result;
}

}  // namespace sightline::stages

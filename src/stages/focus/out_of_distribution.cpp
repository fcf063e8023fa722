#include "stages/focus/out_of_distribution.hpp"

#include <cmath>
#include <map>

#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "focus/out_of_distribution.hpp"
#include "stages/explain/explain_job.hpp"
#include "stages/explain/feature_store.hpp"
#include "statistics/statistics.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;
using base::python_number;

constexpr auto photos_file = "features_photos.h5";
constexpr auto mosaics_file = "features_mosaics.h5";

/// The photos that the mosaics are made of, each once, with their classes.
images::ImageList photos_of(const focus::MosaicSet& set) {
  std::map<std::string, int> classes;
  for (const auto& mosaic : set.mosaics) {
    for (std::size_t tile = 0; tile < mosaic.paths.size(); ++tile) {
      classes[mosaic.paths[tile]] = mosaic.classes[tile];
    }
  }
  images::ImageList list{set.source, {}};
  for (const auto& [path, label] : classes) {
    list.entries.push_back({path, label});
  }
  return list;
}

/// Adds a row for each image: its position on the map (`points`, N x 2) and its distance. `kind`: image or mosaic.
void add_points(const std::string& model, const std::string& kind, const at::Tensor& points,
                const std::vector<std::int64_t>& labels, const std::vector<double>& distances, base::CsvTable& map) {
  const auto* xy = points.const_data_ptr<float>();
  for (std::size_t i = 0; i < distances.size(); ++i) {
    map.add({model, kind, std::to_string(labels[i]), python_number(double{xy[2 * i]}),
             python_number(double{xy[2 * i + 1]}), python_number(distances[i])});
  }
}

std::vector<std::int64_t> labels_of(const LabelledFeatures& features) {
  const auto* first = features.labels.const_data_ptr<std::int64_t>();
  return {first, first + features.labels.numel()};
}

/// The features of one model, and their distances.
struct FeatureComparison {
  std::string model;
  LabelledFeatures photos;
  LabelledFeatures mosaics;
  focus::FeatureDistances distances;
  focus::FeatureMap map;
};

/// Reads the features of photos and mosaics for one model and computes their distances. Throws base::Error(input) for
/// fewer than two photos or no mosaic.
FeatureComparison measure(const fs::path& output, const std::string& model, const images::ImageList& photos,
                          const images::ImageList& mosaics) {
  FeatureComparison made{model,
                         read_features(output / photos_file, model, photos),
                         read_features(output / mosaics_file, model, mosaics),
                         {},
                         {}};
  if (made.photos.values.size(0) < 2 || made.mosaics.values.size(0) == 0) {
    throw base::input_error("focus.ood: {}: {} photos and {} mosaics could be read; it needs two photos and a mosaic",
                            photos.source.root().string(), made.photos.values.size(0), made.mosaics.values.size(0));
  }
  made.distances = focus::feature_distances(made.photos.values, made.photos.labels, made.mosaics.values);
  made.map = focus::feature_map(made.photos.values, made.mosaics.values);
  return made;
}

void write_feature_tables(const fs::path& tables, const std::vector<FeatureComparison>& models) {
  base::CsvTable summary(
      {"model", "images", "mosaics", "image_median", "mosaic_median", "ratio", "beyond_95", "auroc"});
  base::CsvTable map({"model", "kind", "class", "x", "y", "distance"});
  for (const auto& [model, photos, mosaics, distances, points] : models) {
    const auto image_median = statistics::percentile(distances.images, 50.0);
    const auto mosaic_median = statistics::percentile(distances.mosaics, 50.0);
    summary.add({model, std::to_string(distances.images.size()), std::to_string(distances.mosaics.size()),
                 python_number(image_median), python_number(mosaic_median), python_number(mosaic_median / image_median),
                 python_number(distances.beyond_95), python_number(distances.auroc)});
    add_points(model, "image", points.images, labels_of(photos), distances.images, map);
    add_points(model, "mosaic", points.mosaics, labels_of(mosaics), distances.mosaics, map);
  }
  base::make_writable_folder(tables);
  base::write_text(tables / "focus_ood.csv", summary.text());
  base::write_text(tables / "focus_ood_map.csv", map.text());
}

}  // namespace

bool compare_features(const comm::Communicator& ranks, const ResolvedJob& job, const focus::MosaicSet& set,
                      c10::Device device) {
  const fs::path output = job.config.output;
  auto mosaics = job;
  mosaics.methods.clear();
  mosaics.output = Output::features;
  mosaics.config.explain.target = {job::Target::Rule::predicted, -1};
  auto photos = mosaics;
  photos.extension.reset();
  const auto made = [&](const ResolvedJob& features, const images::ImageList& list, const char* file) {
    return !explain_job(ranks, features, device, list, output / file, "features").stopped;
  };
  const auto plain = photos_of(set);
  const auto composed = focus::as_images(set);
  if (!made(photos, plain, photos_file) || !made(mosaics, composed, mosaics_file)) {
    return false;
  }
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      std::vector<FeatureComparison> models;
      for (const auto& spec : job.models) {
        models.push_back(measure(output, spec->label(), plain, composed));
      }
      write_feature_tables(output / "tables", models);
    }
  });
  return true;
}

}  // namespace sightline::stages

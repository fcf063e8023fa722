#include "store/explanations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "base/stop.hpp"
#include "store/half.hpp"
#include "store/layout.hpp"
#include "store/path_rows.hpp"
#include "store/read_guard.hpp"
#include "store/schema.hpp"

namespace sightline::store {
namespace {

std::string model_path(const std::string& model, const char* dataset) {
  return schema::model_group(model) + "/" + dataset;
}

/// The path of the status dataset of a method, or for an empty `method` of a model's predictions.
std::string status_path(const std::string& model, const std::string& method) {
  return (method.empty() ? schema::model_group(model) : schema::method_group(model, method)) + "/" + schema::status;
}

template <typename T>
std::uint32_t checksum(std::span<const T> values, std::uint32_t seed) {
  return base::crc32c(std::as_bytes(values), seed);
}

Explanations::RecordState record_state(std::uint32_t stored, std::uint32_t computed) {
  return stored == computed ? Explanations::RecordState::good : Explanations::RecordState::corrupt;
}

/// Puts the `count` largest logits, the largest first, and their classes into `kept`. Equal ones are in the order of
/// the classes.
void keep_largest(std::span<const float> logits, std::uint64_t count, StoredPrediction& kept) {
  std::vector<std::int32_t> classes(logits.size());
  std::iota(classes.begin(), classes.end(), 0);
  const auto key = [&](std::int32_t index) {
    const float logit = logits[static_cast<std::size_t>(index)];
    return std::isnan(logit) ? -std::numeric_limits<float>::infinity() : logit;
  };
  const auto end = classes.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(classes.begin(), end, classes.end(),
                    [&](auto a, auto b) { return std::pair(-key(a), a) < std::pair(-key(b), b); });
  kept.logit_classes.assign(classes.begin(), end);
  for (const auto index : kept.logit_classes) {
    kept.logits.push_back(logits[static_cast<std::size_t>(index)]);
  }
}

bool is_explanations_store(const File& file) {
  return file.has_attribute("/", schema::format_attribute) &&
         file.text_attribute("/", schema::format_attribute) == schema::format;
}

/// Returns the file. Throws Error(input) when it is not an explanations file of this version.
File checked_version(File file) {
  if (!is_explanations_store(file)) {
    throw base::input_error("{}: is an HDF5 file, but not an explanations store", file.path().string());
  }
  if (const auto version = file.integer_attribute("/", schema::version_attribute); version != schema::version) {
    throw base::input_error("{}: is an explanations store of version {}; this program reads version {}",
                            file.path().string(), version, schema::version);
  }
  return file;
}

}  // namespace

std::uint32_t status_of(const PredictionRecord& record) {
  const auto crc = checksum(record.logit_classes, checksum(record.logits, 0));
  const auto with_prediction = checksum(std::span(&record.prediction, 1), crc);
  return std::max(1U, checksum(std::span(&record.probability, 1), with_prediction));
}

std::uint32_t status_of(const MapRecord& record) {
  auto crc = checksum(std::span(&record.target, 1), checksum(record.values, 0));
  for (const auto& [name, values] : record.details) {
    crc = checksum(values, crc);
  }
  return std::max(1U, crc);
}

std::uint32_t status_of(std::span<const std::uint16_t> labels) {
  return std::max(1U, checksum(labels, 0));
}

MapRecord StoredMap::record() const {
  MapRecord record{values, target};
  for (const auto& [name, numbers] : details) {
    record.details[name] = numbers;
  }
  return record;
}

Explanations Explanations::open_to_read(const std::filesystem::path& file) {
  const ReadGuard guard(file);
  auto opened = checked_version(File::open_to_read(file));
  check_layout(opened);
  return Explanations(std::move(opened));
}

bool Explanations::is_store(const std::filesystem::path& file) {
  const ReadGuard guard(file);
  return is_explanations_store(File::open_to_read(file));
}

Explanations Explanations::open_parallel(const std::filesystem::path& file, const comm::Communicator& ranks) {
  return Explanations(checked_version(File::open_parallel(file, ranks)));
}

const Dataset& Explanations::dataset(const std::string& path) const {
  const auto found = open_datasets_.find(path);
  return found != open_datasets_.end() ? found->second
                                       : open_datasets_.emplace(path, file_.dataset(path)).first->second;
}

std::vector<std::string> Explanations::models() const {
  return file_.list(schema::models);
}

std::vector<std::string> Explanations::methods(const std::string& model) const {
  return stored_methods(file_, model);
}

std::vector<std::string> Explanations::image_paths() const {
  return dataset(schema::image_paths).read_strings();
}

std::vector<std::uint64_t> Explanations::rows_of(const std::vector<std::string>& paths) const {
  const auto stored = image_paths();
  PathRows known(stored);
  std::vector<std::uint64_t> rows;
  rows.reserve(paths.size());
  for (const auto& path : paths) {
    const auto row = known.find(path, rows.size());
    if (!row) {
      throw base::input_error("{}: has no image '{}'", hdf5().path().string(), path);
    }
    rows.push_back(*row);
  }
  return rows;
}

std::vector<std::int32_t> Explanations::image_labels() const {
  return dataset(schema::image_labels).read<std::int32_t>();
}

std::int64_t Explanations::batch() const {
  return file_.has_attribute("/", schema::batch_attribute) ? file_.integer_attribute("/", schema::batch_attribute) : 0;
}

std::uint64_t Explanations::images() const {
  return dataset(schema::image_labels).rows();
}

std::vector<std::uint32_t> Explanations::status(const std::string& model, const std::string& method) const {
  return dataset(status_path(model, method)).read<std::uint32_t>();
}

std::vector<std::string> Explanations::details_of(const std::string& model, const std::string& method) const {
  const auto group = schema::method_group(model, method);
  if (const auto found = details_.find(group); found != details_.end()) {
    return found->second;
  }
  return details_.emplace(group, stored_details(file_, model, method)).first->second;
}

Explanations::LogitDatasets Explanations::logit_datasets(const std::string& model) const {
  const auto found = logit_datasets_.find(model);
  return found != logit_datasets_.end()
             ? found->second
             : logit_datasets_
                   .emplace(model, LogitDatasets{file_.exists(model_path(model, schema::logits)),
                                                 file_.exists(model_path(model, schema::logit_classes))})
                   .first->second;
}

StoredPrediction Explanations::read_prediction(const std::string& model, std::uint64_t image) const {
  const auto has = logit_datasets(model);
  StoredPrediction made{{},
                        dataset(model_path(model, schema::prediction)).read_rows<std::int32_t>(image, 1)[0],
                        dataset(model_path(model, schema::probability)).read_rows<float>(image, 1)[0]};
  if (has.logits) {
    made.logits = dataset(model_path(model, schema::logits)).read_rows<float>(image, 1);
  }
  if (has.classes) {
    made.logit_classes = dataset(model_path(model, schema::logit_classes)).read_rows<std::int32_t>(image, 1);
  }
  return made;
}

std::vector<float> Explanations::read_values(const std::string& model, const std::string& method,
                                             std::uint64_t image) const {
  const auto group = schema::method_group(model, method) + "/";
  const auto& values = dataset(group + schema::values);
  return values.has_type(half_type()) ? from_halves({values.read_rows<Half>(image, 1),
                                                     dataset(group + schema::scale).read_rows<float>(image, 1)[0]})
                                      : values.read_rows<float>(image, 1);
}

const Extent& Explanations::extent(const std::string& model, const std::string& method) const {
  return dataset(schema::method_group(model, method) + "/" + schema::values).extent();
}

StoredMap Explanations::read_map(const std::string& model, const std::string& method, std::uint64_t image) const {
  const auto group = schema::method_group(model, method) + "/";
  StoredMap map{
      read_values(model, method, image), dataset(group + schema::target).read_rows<std::int32_t>(image, 1)[0], {}};
  for (const auto& name : details_of(model, method)) {
    map.details[name] = dataset(group + name).read_rows<float>(image, 1);
  }
  return map;
}

std::optional<StoredPrediction> Explanations::good_prediction(const std::string& model, std::uint64_t image) const {
  const auto status = dataset(status_path(model, "")).read_rows<std::uint32_t>(image, 1)[0];
  if (status == 0) {
    return std::nullopt;
  }
  auto prediction = read_prediction(model, image);
  if (status_of(prediction.record()) != status) {
    warn_of_corrupt_record(model, "prediction", image);
    return std::nullopt;
  }
  return prediction;
}

std::optional<StoredMap> Explanations::good_map(const std::string& model, const std::string& method,
                                                std::uint64_t image, std::uint32_t status) const {
  if (status == 0) {
    return std::nullopt;
  }
  auto map = read_map(model, method, image);
  if (status_of(map.record()) != status || !has_good_superpixels(model, method, image)) {
    warn_of_corrupt_record(model, method, image);
    return std::nullopt;
  }
  return map;
}

void Explanations::warn_of_corrupt_record(const std::string& model, const std::string& what,
                                          std::uint64_t image) const {
  base::log_warning(
      fmt::format("{}: the record of {}, {}, {} is corrupt and is left out; 'sightline attribute' with the same job "
                  "computes it again",
                  file_.path().string(), model, what, image_paths().at(image)));
}

std::vector<std::uint16_t> Explanations::read_superpixels(const std::string& key, std::uint64_t image) const {
  return dataset(schema::superpixel_maps(key)).read_rows<std::uint16_t>(image, 1);
}

bool Explanations::has_good_superpixels(const std::string& model, const std::string& method,
                                        std::uint64_t image) const {
  const auto group = schema::method_group(model, method);
  auto known = superpixel_keys_.find(group);
  if (known == superpixel_keys_.end()) {
    const bool has_key = file_.has_attribute(group, schema::superpixel_key);
    auto key = has_key ? file_.text_attribute(group, schema::superpixel_key) : std::string();
    const bool checked = has_key && file_.exists(schema::superpixel_checksums(key));
    known = superpixel_keys_.emplace(group, checked ? std::move(key) : std::string()).first;
  }
  const auto& key = known->second;
  if (key.empty()) {
    return true;
  }
  auto& states = label_states_[key];
  states.resize(images(), LabelState::unknown);
  if (states[image] == LabelState::unknown) {
    const auto stored = dataset(schema::superpixel_checksums(key)).read_rows<std::uint32_t>(image, 1)[0];
    const bool good = stored == 0 || stored == status_of(read_superpixels(key, image));
    states[image] = good ? LabelState::good : LabelState::corrupt;
  }
  return states[image] == LabelState::good;
}

Explanations::RecordState Explanations::verify(const std::string& model, const std::string& method,
                                               std::uint64_t image) const {
  const auto stored = dataset(status_path(model, method)).read_rows<std::uint32_t>(image, 1)[0];
  if (stored == 0) {
    return RecordState::missing;
  }
  if (!method.empty()) {
    const auto state = record_state(stored, status_of(read_map(model, method, image).record()));
    return has_good_superpixels(model, method, image) ? state : RecordState::corrupt;
  }
  const auto prediction = read_prediction(model, image);
  const auto state = record_state(stored, status_of(prediction.record()));
  return state == RecordState::good && prediction.prediction < 0 ? RecordState::nonfinite : state;
}

std::vector<Explanations::RecordState> Explanations::verify(const std::string& model, const std::string& method) const {
  std::vector<RecordState> states(images());
  for (std::uint64_t image = 0; image < states.size(); ++image) {
    base::throw_if_stopped();
    states[image] = verify(model, method, image);
  }
  return states;
}

void Explanations::write(const std::string& model, std::uint64_t image, const PredictionRecord& record) {
  const auto has = logit_datasets(model);
  StoredPrediction kept{{}, record.prediction, record.probability};
  if (has.classes && record.logit_classes.empty()) {
    keep_largest(record.logits, dataset(model_path(model, schema::logits)).extent()[1], kept);
  } else if (has.logits) {
    kept.logits.assign(record.logits.begin(), record.logits.end());
    kept.logit_classes.assign(record.logit_classes.begin(), record.logit_classes.end());
  }
  if (has.logits) {
    const auto& logits = dataset(model_path(model, schema::logits));
    if (kept.logits.size() != logits.row_size() || has.classes == kept.logit_classes.empty()) {
      throw base::fault("{}: {} logits of {} cannot be stored where {} are", hdf5().path().string(), kept.logits.size(),
                        model, logits.row_size());
    }
    logits.write_rows(image, 1, kept.logits.data());
  }
  if (has.classes) {
    dataset(model_path(model, schema::logit_classes)).write_rows(image, 1, kept.logit_classes.data());
  }
  dataset(model_path(model, schema::prediction)).write_rows(image, 1, &record.prediction);
  dataset(model_path(model, schema::probability)).write_rows(image, 1, &record.probability);
  const auto status = status_of(kept.record());
  dataset(model_path(model, schema::status)).write_rows(image, 1, &status);
}

void Explanations::write(const std::string& model, const std::string& method, std::uint64_t image,
                         const MapRecord& record) {
  const auto group = schema::method_group(model, method) + "/";
  const auto& values = dataset(group + schema::values);
  auto stored = record;
  std::vector<float> rounded;
  if (values.has_type(half_type())) {
    const auto halves = to_halves(record.values);
    values.write_rows(image, 1, halves.numbers.data());
    dataset(group + schema::scale).write_rows(image, 1, &halves.scale);
    rounded = from_halves(halves);
    stored.values = rounded;
  } else {
    values.write_rows(image, 1, record.values.data());
  }
  dataset(group + schema::target).write_rows(image, 1, &record.target);
  for (const auto& [name, numbers] : record.details) {
    dataset(group + name).write_rows(image, 1, numbers.data());
  }
  const auto status = status_of(stored);
  dataset(group + schema::status).write_rows(image, 1, &status);
}

void Explanations::write_superpixels(const std::string& key, std::uint64_t image,
                                     std::span<const std::uint16_t> labels) {
  dataset(schema::superpixel_maps(key)).write_rows(image, 1, labels.data());
  const auto status = status_of(labels);
  dataset(schema::superpixel_checksums(key)).write_rows(image, 1, &status);
}

}  // namespace sightline::store

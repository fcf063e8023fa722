#include "store/explanations.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "store/half.hpp"
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
  const auto crc = checksum(record.logits, 0);
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

MapRecord StoredMap::record() const {
  MapRecord record{values, target};
  for (const auto& [name, numbers] : details) {
    record.details[name] = numbers;
  }
  return record;
}

Explanations Explanations::open_to_read(const std::filesystem::path& file) {
  return Explanations(checked_version(File::open_to_read(file)));
}

bool Explanations::is_store(const std::filesystem::path& file) {
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
  std::vector<std::string> names;
  for (const auto& name : file_.list(schema::model_group(model))) {
    if (file_.exists(schema::method_group(model, name) + "/" + schema::values)) {
      names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> Explanations::image_paths() const {
  return dataset(schema::image_paths).read_strings();
}

std::vector<std::uint64_t> Explanations::rows_of(const std::vector<std::string>& paths) const {
  std::unordered_map<std::string, std::uint64_t> known;
  for (auto& path : image_paths()) {
    known.emplace(std::move(path), known.size());
  }
  std::vector<std::uint64_t> rows;
  rows.reserve(paths.size());
  for (const auto& path : paths) {
    const auto found = known.find(path);
    if (found == known.end()) {
      throw base::input_error("{}: has no image '{}'", hdf5().path().string(), path);
    }
    rows.push_back(found->second);
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
  auto names = file_.list(group);
  std::erase_if(names, [](const std::string& name) {
    return name == schema::values || name == schema::scale || name == schema::target || name == schema::status;
  });
  return details_.emplace(group, std::move(names)).first->second;
}

StoredPrediction Explanations::read_prediction(const std::string& model, std::uint64_t image) const {
  return {dataset(model_path(model, schema::logits)).read_rows<float>(image, 1),
          dataset(model_path(model, schema::prediction)).read_rows<std::int32_t>(image, 1)[0],
          dataset(model_path(model, schema::probability)).read_rows<float>(image, 1)[0]};
}

std::vector<float> Explanations::read_values(const std::string& model, const std::string& method,
                                             std::uint64_t image) const {
  const auto group = schema::method_group(model, method) + "/";
  const auto& values = dataset(group + schema::values);
  return values.is_half() ? from_halves({values.read_rows<Half>(image, 1),
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
  if (status_of(map.record()) != status) {
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

std::vector<Explanations::RecordState> Explanations::verify(const std::string& model, const std::string& method) const {
  const auto stored = status(model, method);
  std::vector<RecordState> states;
  for (std::uint64_t image = 0; image < stored.size(); ++image) {
    if (stored[image] == 0) {
      states.push_back(RecordState::missing);
    } else if (!method.empty()) {
      states.push_back(record_state(stored[image], status_of(read_map(model, method, image).record())));
    } else {
      const auto prediction = read_prediction(model, image);
      const auto state = record_state(stored[image], status_of(prediction.record()));
      const bool nonfinite = state == RecordState::good && prediction.prediction < 0;
      states.push_back(nonfinite ? RecordState::nonfinite : state);
    }
  }
  return states;
}

void Explanations::write(const std::string& model, std::uint64_t image, const PredictionRecord& record) {
  dataset(model_path(model, schema::logits)).write_rows(image, 1, record.logits.data());
  dataset(model_path(model, schema::prediction)).write_rows(image, 1, &record.prediction);
  dataset(model_path(model, schema::probability)).write_rows(image, 1, &record.probability);
  const auto status = status_of(record);
  dataset(model_path(model, schema::status)).write_rows(image, 1, &status);
}

void Explanations::write(const std::string& model, const std::string& method, std::uint64_t image,
                         const MapRecord& record) {
  const auto group = schema::method_group(model, method) + "/";
  const auto& values = dataset(group + schema::values);
  auto stored = record;
  std::vector<float> rounded;
  if (values.is_half()) {
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
}

}  // namespace sightline::store

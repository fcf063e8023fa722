#include "store/explanations.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "store/schema.hpp"

namespace sightline::store {
namespace {

std::string model_path(const std::string& model, const char* dataset) {
  return schema::model_group(model) + "/" + dataset;
}

std::string status_path(const std::string& model, const std::string& method) {
  return (method.empty() ? schema::model_group(model) : schema::method_group(model, method)) + "/" + schema::status;
}

template <typename T>
std::uint32_t checksum(std::span<const T> values, std::uint32_t seed) {
  return base::crc32c(std::as_bytes(values), seed);
}

Explanations::RecordState state(std::uint32_t stored, std::uint32_t computed) {
  return stored == 0          ? Explanations::RecordState::missing
         : stored == computed ? Explanations::RecordState::good
                              : Explanations::RecordState::corrupt;
}

File checked_version(File file) {
  const bool ours = file.has_attribute("/", schema::format_attribute) &&
                    file.text_attribute("/", schema::format_attribute) == schema::format;
  if (!ours) {
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
  return std::max(1U, checksum(std::span(&record.target, 1), checksum(record.values, 0)));
}

Explanations Explanations::open_to_read(const std::filesystem::path& file) {
  return Explanations(checked_version(File::open_to_read(file)));
}

Explanations Explanations::open_parallel(const std::filesystem::path& file, MPI_Comm ranks) {
  return Explanations(checked_version(File::open_parallel(file, ranks)));
}

const Dataset& Explanations::dataset(const std::string& path) const {
  const auto found = open_.find(path);
  return found != open_.end() ? found->second : open_.emplace(path, file_.dataset(path)).first->second;
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

std::vector<std::int32_t> Explanations::image_labels() const {
  return dataset(schema::image_labels).read<std::int32_t>();
}

std::uint64_t Explanations::images() const {
  return dataset(schema::image_labels).rows();
}

std::vector<std::uint32_t> Explanations::status(const std::string& model, const std::string& method) const {
  return dataset(status_path(model, method)).read<std::uint32_t>();
}

std::vector<Explanations::RecordState> Explanations::verify(const std::string& model, const std::string& method) const {
  const auto stored = status(model, method);
  std::vector<RecordState> states;
  for (std::uint64_t image = 0; image < stored.size(); ++image) {
    if (stored[image] == 0) {
      states.push_back(RecordState::missing);
    } else if (method.empty()) {
      const auto logits = dataset(model_path(model, schema::logits)).read_rows<float>(image, 1);
      const PredictionRecord record{logits,
                                    dataset(model_path(model, schema::prediction)).read_rows<std::int32_t>(image, 1)[0],
                                    dataset(model_path(model, schema::probability)).read_rows<float>(image, 1)[0]};
      states.push_back(state(stored[image], status_of(record)));
    } else {
      const auto group = schema::method_group(model, method) + "/";
      const auto values = dataset(group + schema::values).read_rows<float>(image, 1);
      const MapRecord record{values, dataset(group + schema::target).read_rows<std::int32_t>(image, 1)[0]};
      states.push_back(state(stored[image], status_of(record)));
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
  dataset(group + schema::values).write_rows(image, 1, record.values.data());
  dataset(group + schema::target).write_rows(image, 1, &record.target);
  const auto status = status_of(record);
  dataset(group + schema::status).write_rows(image, 1, &status);
}

}  // namespace sightline::store

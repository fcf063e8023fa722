#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "store/hdf5.hpp"

namespace sightline::store {

/// What a method's datasets will hold, for one model.
struct MethodPlan {
  std::string name;
  std::string kind;
  std::map<std::string, std::string> parameters;
  Extent shape;  ///< of one record's values, for example {7, 7}
};

struct ModelPlan {
  std::string name;                          ///< group name, as in tables
  std::map<std::string, std::string> facts;  ///< text attributes; they must not differ on a resume
  std::int64_t input_size = 0;
  std::vector<double> mean;
  std::vector<double> std;
  std::uint64_t classes = 0;
  std::vector<MethodPlan> methods;
};

struct StorePlan {
  std::string job;
  std::string program;
  std::string image_root;
  std::vector<std::string> image_paths;
  std::vector<std::int32_t> image_labels;
  std::vector<ModelPlan> models;
};

/// One rank only, before the file is opened by all. Creates the file, or extends it with what is new in `plan`: models,
/// methods, images. Everything is written aside and renamed, or flushed before the first record is written, so that a
/// kill at any moment leaves a file that opens. Throws Error(usage) when the file was made with other parameters,
/// naming the parameter with its old and new value.
void prepare_store(const std::filesystem::path& file, const StorePlan& plan);

/// A prediction of one model for one image.
struct PredictionRecord {
  std::span<const float> logits;
  std::int32_t prediction = -1;
  float probability = 0.0F;
};

/// A map of one model, method and image.
struct MapRecord {
  std::span<const float> values;
  std::int32_t target = -1;
};

/// explanations.h5, opened to read or, by all ranks together, to write records. A record is written data first, status
/// last, and touches no metadata.
class Explanations {
 public:
  /// Throws Error(input) when it is not a store of this version.
  static Explanations open_to_read(const std::filesystem::path& file);
  /// collective over `ranks`; so is the destructor.
  static Explanations open_parallel(const std::filesystem::path& file, MPI_Comm ranks);

  std::vector<std::string> models() const;
  std::vector<std::string> methods(const std::string& model) const;
  std::vector<std::string> image_paths() const;
  std::vector<std::int32_t> image_labels() const;
  std::uint64_t images() const;
  /// Status words, one per image; `method` empty = those of the predictions.
  std::vector<std::uint32_t> status(const std::string& model, const std::string& method) const;
  /// Which records are whole: a status that is the checksum of the data. Reads all data of the model or method.
  enum class RecordState { missing, good, corrupt };
  std::vector<RecordState> verify(const std::string& model, const std::string& method) const;

  void write(const std::string& model, std::uint64_t image, const PredictionRecord& record);
  void write(const std::string& model, const std::string& method, std::uint64_t image, const MapRecord& record);

  /// collective when opened by all ranks. Throws Error(fault) when the data cannot be written.
  void flush() { file_.flush(); }

  const File& hdf5() const { return file_; }

 private:
  explicit Explanations(File file) : file_(std::move(file)) {}
  const Dataset& dataset(const std::string& path) const;

  File file_;
  mutable std::map<std::string, Dataset> open_;  ///< datasets are opened once
};

/// A status word: the CRC-32C of the record, 0 written as 1.
std::uint32_t status_of(const PredictionRecord& record);
std::uint32_t status_of(const MapRecord& record);

}  // namespace sightline::store

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
  Extent shape;                                ///< of one record's values, for example {7, 7}
  std::map<std::string, Extent> details = {};  ///< further float datasets of a record: its shape by name
  std::string superpixels = {};                ///< key of the label maps; empty = none
  bool half = false;                           ///< values as float16 times a `scale` of the record
};

struct ModelPlan {
  std::string name;                               ///< group name, as in tables
  std::map<std::string, std::string> attributes;  ///< text attributes; they must not differ on a resume
  std::int64_t input_size = 0;
  std::vector<double> mean;
  std::vector<double> std;
  std::uint64_t classes = 0;
  std::vector<MethodPlan> methods;
};

/// Label maps of all images, shared by models and methods.
struct SuperpixelPlan {
  std::string key;
  Extent shape;  ///< rows, columns
};

struct StorePlan {
  std::string job;
  std::string program;
  std::string image_root;
  std::vector<std::string> image_paths;
  std::vector<std::int32_t> image_labels;
  std::vector<ModelPlan> models;
  std::vector<SuperpixelPlan> superpixels = {};
  std::int64_t batch = 0;  ///< images in one pass; 0 = unknown
};

/// One rank only, before the file is opened by all. Creates the file, or extends it with what is new in `plan`: models,
/// methods, images. Everything is written aside and renamed, or flushed before the first record is written, so that a
/// kill at any moment leaves a file that opens. Throws Error(usage) when the file was made with other parameters,
/// naming the parameter with its old and new value.
void prepare_store(const std::filesystem::path& file, const StorePlan& plan);

class Explanations;

/// The plan that makes a store with the same images, models, methods and parameters as this one.
StorePlan plan_of(const Explanations& store);

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
  std::map<std::string, std::span<const float>> details = {};
};

/// Records that were read, with their data.
struct StoredPrediction {
  std::vector<float> logits;
  std::int32_t prediction = -1;
  float probability = 0.0F;

  PredictionRecord record() const { return {logits, prediction, probability}; }
};
struct StoredMap {
  std::vector<float> values;
  std::int32_t target = -1;
  std::map<std::string, std::vector<float>> details;

  MapRecord record() const;
};

/// explanations.h5, opened to read or, by all ranks together, to write records. A record is written data first, status
/// last, and touches no metadata.
class Explanations {
 public:
  /// Throws Error(input) when it is not a store of this version.
  static Explanations open_to_read(const std::filesystem::path& file);
  /// Whether an HDF5 file is a store, of any version. Throws Error(input) when it is not an HDF5 file.
  static bool is_store(const std::filesystem::path& file);
  /// collective over `ranks`; so is the destructor.
  static Explanations open_parallel(const std::filesystem::path& file, const comm::Communicator& ranks);

  std::vector<std::string> models() const;
  std::vector<std::string> methods(const std::string& model) const;
  std::vector<std::string> image_paths() const;
  std::vector<std::int32_t> image_labels() const;
  /// The row of each of these images, by its path. Throws Error(input) naming one that is not there.
  std::vector<std::uint64_t> rows_of(const std::vector<std::string>& paths) const;
  std::uint64_t images() const;
  /// Images in one pass, as the store was begun; 0 = unknown.
  std::int64_t batch() const;
  /// Status words, one per image; `method` empty = those of the predictions.
  std::vector<std::uint32_t> status(const std::string& model, const std::string& method) const;
  /// Names of a method's datasets besides values, scale, target and status.
  std::vector<std::string> details_of(const std::string& model, const std::string& method) const;
  /// Without meaning where its status is 0, as what is read below.
  StoredPrediction read_prediction(const std::string& model, std::uint64_t image) const;
  /// A record's map as float32, whatever the stored type.
  std::vector<float> read_values(const std::string& model, const std::string& method, std::uint64_t image) const;
  /// Of `values`: images first.
  const Extent& extent(const std::string& model, const std::string& method) const;
  StoredMap read_map(const std::string& model, const std::string& method, std::uint64_t image) const;
  /// Labels, rows x columns.
  std::vector<std::uint16_t> read_superpixels(const std::string& key, std::uint64_t image) const;
  /// Which records are whole: a status that is the checksum of the data. Reads all data of the model or method.
  enum class RecordState { missing, good, corrupt };
  std::vector<RecordState> verify(const std::string& model, const std::string& method) const;

  void write(const std::string& model, std::uint64_t image, const PredictionRecord& record);
  /// Where the store has float16, the values are rounded, and the status is that of the rounded record.
  void write(const std::string& model, const std::string& method, std::uint64_t image, const MapRecord& record);

  /// An image's label map. Before the first record that needs it: a record vouches for it.
  void write_superpixels(const std::string& key, std::uint64_t image, std::span<const std::uint16_t> labels);

  /// collective when opened by all ranks. Throws Error(fault) when the data cannot be written.
  void flush() { file_.flush(); }

  const File& hdf5() const { return file_; }

 private:
  explicit Explanations(File file) : file_(std::move(file)) {}
  const Dataset& dataset(const std::string& path) const;

  File file_;
  mutable std::map<std::string, Dataset> open_datasets_;  ///< datasets are opened once
};

/// A status word: the CRC-32C of the record, 0 written as 1.
std::uint32_t status_of(const PredictionRecord& record);
std::uint32_t status_of(const MapRecord& record);

}  // namespace sightline::store

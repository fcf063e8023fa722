#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/hdf5.hpp"

namespace sightline::store {

/// The datasets and attributes of one method for one model.
struct MethodPlan {
  std::string name;                               ///< name of the group
  std::string kind;                               ///< kind of the values, such as the name of a MapKind
  std::map<std::string, std::string> parameters;  ///< text attributes; they must not differ on a resume
  Extent shape;                                   ///< of the values of one record, for example {7, 7}
  std::map<std::string, Extent> details = {};     ///< further float32 datasets: shape of a record by name
  std::string superpixels = {};                   ///< key of the superpixels that the values belong to; empty = none
  bool half = false;                              ///< values are stored as float16, with a dataset `scale`
};

/// The datasets and attributes of one model.
struct ModelPlan {
  std::string name;                               ///< name of the group, as in tables
  std::map<std::string, std::string> attributes;  ///< text attributes; they must not differ on a resume
  std::int64_t input_size = 0;                    ///< pixels per side
  std::vector<double> mean;                       ///< of each channel, for images in [0, 1]
  std::vector<double> std;                        ///< of each channel
  std::uint64_t classes = 0;                      ///< number of the model's classes
  /// The number of logits per image that are stored, the largest ones; nothing = those of all classes.
  std::optional<std::uint64_t> top_logits = {};
  std::vector<MethodPlan> methods;
};

/// Superpixel label maps of all images, which models and methods share.
struct SuperpixelPlan {
  std::string key;
  Extent shape;  ///< rows, columns
};

/// Everything that an explanations file holds, apart from the records.
struct StorePlan {
  std::string job;                         ///< the options of the job
  std::string program;                     ///< version of the program
  std::string image_root;                  ///< folder of the images
  std::vector<std::string> image_paths;    ///< relative to image_root; row i of every dataset belongs to image i
  std::vector<std::int32_t> image_labels;  ///< class indices; -1 = unknown
  std::vector<ModelPlan> models;
  std::vector<SuperpixelPlan> superpixels = {};
  std::int64_t batch = 0;      ///< images per pass; 0 = unknown
  bool any_top_logits = true;  ///< whether an existing file decides on top_logits, and not the plan
};

/// Creates an explanations file for `plan`, or extends an existing one by the models, methods, superpixels and images
/// of `plan` that it lacks; its records are kept. Must be called by one rank, before all ranks open the file. The new
/// file is written under another name, flushed and renamed, so that a kill at any moment leaves a valid file. Throws
/// Error(usage) when the existing file was made with other parameters; the message gives the parameter's old and new
/// value.
void prepare_store(const std::filesystem::path& file, StorePlan plan);

class Explanations;

/// The plan of an existing store, for which prepare_store creates a store with the same images, models, methods and
/// parameters.
StorePlan plan_of(const Explanations& store);

/// The prediction of one model for one image.
struct PredictionRecord {
  std::span<const float> logits;  ///< of all classes in their order, or of logit_classes
  std::int32_t prediction = -1;   ///< index of the predicted class; -1 = none, because a logit is NaN or infinite
  float probability = 0.0F;       ///< of the predicted class; NaN without one
  std::span<const std::int32_t> logit_classes = {};  ///< the classes of the logits, the largest first; empty: all
};

/// The map of one model, method and image.
struct MapRecord {
  std::span<const float> values;
  std::int32_t target = -1;                                    ///< index of the explained class
  std::map<std::string, std::span<const float>> details = {};  ///< further datasets by name
};

/// A PredictionRecord that owns its data.
struct StoredPrediction {
  std::vector<float> logits;
  std::int32_t prediction = -1;
  float probability = 0.0F;
  std::vector<std::int32_t> logit_classes = {};

  PredictionRecord record() const { return {logits, prediction, probability, logit_classes}; }
};

/// A MapRecord that owns its data.
struct StoredMap {
  std::vector<float> values;
  std::int32_t target = -1;
  std::map<std::string, std::vector<float>> details;

  MapRecord record() const;
};

/// An explanations file (explanations.h5; the schema is in schema.hpp), opened for reading or, by all ranks together,
/// for writing records. Writing a record changes no metadata of HDF5, and the status is written after the data, so that
/// a record whose status matches its data is complete.
class Explanations {
 public:
  /// Opens a file for reading. Throws Error(input) when it is not an explanations file of this version, and for every
  /// attribute, type and shape that is not as schema.hpp says. A file on which HDF5 itself crashes or loops ends the
  /// process with the same code (read_guard.hpp).
  static Explanations open_to_read(const std::filesystem::path& file);
  /// Whether an HDF5 file is an explanations file of any version. Throws Error(input) when it is not an HDF5 file.
  static bool is_store(const std::filesystem::path& file);
  /// collective over `ranks`, and so is the destructor. Opens a file for reading and writing, which prepare_store has
  /// made or checked. Throws Error(input) when it is not an explanations file of this version.
  static Explanations open_parallel(const std::filesystem::path& file, const comm::Communicator& ranks);

  /// The names of the models, sorted.
  std::vector<std::string> models() const;
  /// The names of a model's methods, sorted.
  std::vector<std::string> methods(const std::string& model) const;
  /// The paths of the images, relative to the folder of the images, in the order of the rows.
  std::vector<std::string> image_paths() const;
  /// The class indices of the images (-1 = unknown), in the order of the rows.
  std::vector<std::int32_t> image_labels() const;
  /// The rows of the images with these paths. Throws Error(input) with the first path that the store does not have.
  std::vector<std::uint64_t> rows_of(const std::vector<std::string>& paths) const;
  /// The number of images.
  std::uint64_t images() const;
  /// The number of images per pass of the job that created or last extended the store; 0 = unknown.
  std::int64_t batch() const;
  /// The status words of a method's maps, one per image; 0 = the record is missing. An empty `method` stands for the
  /// model's predictions.
  std::vector<std::uint32_t> status(const std::string& model, const std::string& method) const;
  /// The names of a method's datasets except values, scale, target and status.
  std::vector<std::string> details_of(const std::string& model, const std::string& method) const;
  /// The prediction for an image. The content of this and of the following records is undefined when their status is 0.
  StoredPrediction read_prediction(const std::string& model, std::uint64_t image) const;
  /// The values of a map as float32, whatever the stored type.
  std::vector<float> read_values(const std::string& model, const std::string& method, std::uint64_t image) const;
  /// The shape of the dataset `values`; the first extent is the number of images.
  const Extent& extent(const std::string& model, const std::string& method) const;
  /// The map of an image with its target and details.
  StoredMap read_map(const std::string& model, const std::string& method, std::uint64_t image) const;
  /// The prediction for an image as tables take it: nothing when the record is missing, or corrupt, which a warning
  /// says.
  std::optional<StoredPrediction> good_prediction(const std::string& model, std::uint64_t image) const;
  /// The map of an image as tables take it: nothing when the record is missing, or when it or its superpixel label map
  /// is corrupt, which a warning says. `status`: the image's status word.
  std::optional<StoredMap> good_map(const std::string& model, const std::string& method, std::uint64_t image,
                                    std::uint32_t status) const;
  /// The superpixel label map of an image, rows x columns.
  std::vector<std::uint16_t> read_superpixels(const std::string& key, std::uint64_t image) const;
  /// missing: the status is 0; good: the status is the checksum of the data, and the superpixel label map that they
  /// belong to has its checksum as well; corrupt: one of the two is another number; nonfinite: a complete prediction
  /// without a predicted class, which tables leave out.
  enum class RecordState { missing, good, corrupt, nonfinite };
  /// The state of one record of a method, or for an empty `method` of the model's predictions. Reads all its data.
  RecordState verify(const std::string& model, const std::string& method, std::uint64_t image) const;
  /// The states of all images. Throws base::Error(stopped) after a signal.
  std::vector<RecordState> verify(const std::string& model, const std::string& method) const;

  /// Writes the prediction for an image. Of the logits it keeps the largest ones where the store has no others
  /// (ModelPlan::top_logits); logits that are NaN come last. The store must have been opened by open_parallel.
  void write(const std::string& model, std::uint64_t image, const PredictionRecord& record);
  /// Writes the map of an image. Where the store has float16, the values are rounded, and the status is the checksum of
  /// the rounded record.
  void write(const std::string& model, const std::string& method, std::uint64_t image, const MapRecord& record);

  /// Writes the superpixel label map of an image. It must be written before any record that belongs to it, because a
  /// valid record implies that its superpixels are valid.
  void write_superpixels(const std::string& key, std::uint64_t image, std::span<const std::uint16_t> labels);

  /// collective if the file was opened by open_parallel. Flushes all data to the file. Throws Error(fault) when they
  /// cannot be written.
  void flush() { file_.flush(); }

  /// The HDF5 file, for attributes and datasets that have no function here.
  const File& hdf5() const { return file_; }

 private:
  explicit Explanations(File file) : file_(std::move(file)) {}
  const Dataset& dataset(const std::string& path) const;
  /// Whether the label map that a method's map of an image belongs to is intact: its checksum fits, or none is known
  /// because the file is older than these checksums. True for methods without superpixels.
  bool has_good_superpixels(const std::string& model, const std::string& method, std::uint64_t image) const;
  /// `what`: the name of the method, or "prediction".
  void warn_of_corrupt_record(const std::string& model, const std::string& what, std::uint64_t image) const;

  /// The datasets of a model's logits that the file has.
  struct LogitDatasets {
    bool logits = false;
    bool classes = false;
  };
  LogitDatasets logit_datasets(const std::string& model) const;

  File file_;
  mutable std::map<std::string, LogitDatasets> logit_datasets_;      ///< by model
  mutable std::map<std::string, std::vector<std::string>> details_;  ///< details_of by the path of the method's group
  mutable std::map<std::string, Dataset> open_datasets_;             ///< opened datasets by path; each is opened once
  /// The keys of the methods' superpixels that have checksums, by the path of the method's group; empty = none.
  mutable std::map<std::string, std::string> superpixel_keys_;
  enum class LabelState : std::uint8_t { unknown, good, corrupt };
  mutable std::map<std::string, std::vector<LabelState>> label_states_;  ///< of every image, by the superpixels' key
};

/// The status word of a complete record: the CRC-32C checksum of its data, or 1 where this is 0.
std::uint32_t status_of(const PredictionRecord& record);
std::uint32_t status_of(const MapRecord& record);
std::uint32_t status_of(std::span<const std::uint16_t> labels);

}  // namespace sightline::store

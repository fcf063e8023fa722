#pragma once

#include <string>

/// The names of all objects and attributes of an explanations file, version 1. N is the number of images. A test
/// compares analysis/README.md, which describes the format, with this file.
namespace sightline::store::schema {

inline constexpr auto file_name = "explanations.h5";
inline constexpr auto format = "sightline-explanations";
inline constexpr int version = 1;

// Attributes of /
inline constexpr auto format_attribute = "format";
inline constexpr auto version_attribute = "version";
inline constexpr auto job_attribute = "job";
inline constexpr auto program_attribute = "program";
inline constexpr auto batch_attribute = "batch";

// Datasets about images, N rows
inline constexpr auto images = "/images";
inline constexpr auto image_root = "root";  ///< attribute
inline constexpr auto image_paths = "/images/path";
inline constexpr auto image_labels = "/images/label";

// The group of the superpixel label maps: a dataset of N x rows x columns for each key
inline constexpr auto superpixels = "/superpixels";
// The group of their checksums: for each key a dataset of N rows; 0 = none is known, otherwise the CRC-32C of the
// labels
inline constexpr auto superpixel_status = "/superpixel_status";

// Groups and attributes of a model
inline constexpr auto models = "/models";
inline constexpr auto timm_id = "timm_id";
inline constexpr auto weights = "weights";
inline constexpr auto weights_sha256 = "weights_sha256";
inline constexpr auto input_size = "input_size";
inline constexpr auto transforms = "transforms";
inline constexpr auto precision = "precision";
inline constexpr auto classes = "classes";  ///< number of a model's classes; files without it have the logits of all
inline constexpr auto mean = "mean";
inline constexpr auto std = "std";

// Datasets of a model, N rows
inline constexpr auto logits = "logits";  ///< of all classes, or the largest ones; missing where none are stored
inline constexpr auto logit_classes = "logit_classes";  ///< the classes of the largest logits; missing for all
inline constexpr auto prediction = "prediction";
inline constexpr auto probability = "probability";

// Datasets and attributes of a method below a model
inline constexpr auto values = "values";
inline constexpr auto scale = "scale";  ///< factors of float16 values, one per image
inline constexpr auto target = "target";
inline constexpr auto kind = "kind";
inline constexpr auto kind_grid = "grid";
inline constexpr auto kind_pixels = "pixels";
inline constexpr auto kind_superpixels = "superpixels";  ///< values: N x superpixels; of other kinds N x rows x columns
inline constexpr auto parameter_hash = "parameter_hash";  ///< of all parameters but the seed
inline constexpr auto seed = "seed";                      ///< of a method that draws random numbers
inline constexpr auto superpixel_key = "superpixels";  ///< attribute: key of the label maps that the values belong to

// Dataset of a model and of a method, N rows: 0 = the record is missing, otherwise the CRC-32C of the record
inline constexpr auto status = "status";

/// The path of the dataset of label maps with this key.
inline std::string superpixel_maps(const std::string& key) {
  return std::string(superpixels) + "/" + key;
}
/// The path of the dataset of the checksums of the label maps with this key.
inline std::string superpixel_checksums(const std::string& key) {
  return std::string(superpixel_status) + "/" + key;
}
/// The path of a model's group.
inline std::string model_group(const std::string& model) {
  return std::string(models) + "/" + model;
}
/// The path of a method's group in that of a model.
inline std::string method_group(const std::string& model, const std::string& method) {
  return model_group(model) + "/" + method;
}

}  // namespace sightline::store::schema

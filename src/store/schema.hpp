#pragma once

#include <string>

/// Every name in explanations.h5, version 1 (design.md, section 4). analysis/README.md is tested against this file.
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

// Label maps, by key: N rows of H x W
inline constexpr auto superpixels = "/superpixels";

// Groups and attributes of a model
inline constexpr auto models = "/models";
inline constexpr auto timm_id = "timm_id";
inline constexpr auto weights = "weights";
inline constexpr auto weights_sha256 = "weights_sha256";
inline constexpr auto input_size = "input_size";
inline constexpr auto transforms = "transforms";
inline constexpr auto precision = "precision";
inline constexpr auto mean = "mean";
inline constexpr auto std = "std";

// Datasets of a model, N rows
inline constexpr auto logits = "logits";
inline constexpr auto prediction = "prediction";
inline constexpr auto probability = "probability";

// Datasets and attributes of a method below a model
inline constexpr auto values = "values";
inline constexpr auto scale = "scale";  ///< beside float16 values: what they are multiplied by
inline constexpr auto target = "target";
inline constexpr auto kind = "kind";
inline constexpr auto parameter_hash = "parameter_hash";
inline constexpr auto superpixel_key = "superpixels";  ///< attribute of a method: which label maps its values belong to

// Of both: 0 = not done, else the CRC-32C of the record
inline constexpr auto status = "status";

inline std::string superpixel_maps(const std::string& key) {
  return std::string(superpixels) + "/" + key;
}
inline std::string model_group(const std::string& model) {
  return std::string(models) + "/" + model;
}
inline std::string method_group(const std::string& model, const std::string& method) {
  return model_group(model) + "/" + method;
}

}  // namespace sightline::store::schema

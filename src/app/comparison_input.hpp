#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "comparison/pair_comparison.hpp"
#include "store/explanations.hpp"

namespace sightline::app {

/// What the comparison of one method reads from explanations.h5, image by image.
class ComparisonInput {
 public:
  /// `models`: group names; every one must have the method. Throws base::Error(input) otherwise.
  ComparisonInput(const std::filesystem::path& file, std::vector<std::string> models, std::string method);

  const std::vector<std::string>& models() const { return models_; }
  std::uint64_t images() const { return store_.images(); }
  std::vector<std::int32_t> labels() const { return store_.image_labels(); }
  std::vector<std::string> paths() const { return store_.image_paths(); }
  /// By model, the predicted class of each image; -1 = no record.
  const std::vector<std::vector<std::int32_t>>& predictions() const { return predictions_; }

  /// Maps as pytorch-grad-cam returns them, kept at native resolution. Records without a status or with values that are
  /// not finite are left out.
  comparison::ImageMaps image(std::uint64_t index, comparison::Upsampling& upsampling) const;

 private:
  store::Explanations store_;
  std::vector<std::string> models_;
  std::vector<store::Dataset> values_;
  std::vector<std::vector<std::uint32_t>> status_;
  std::vector<std::vector<std::int32_t>> predictions_;
};

}  // namespace sightline::app

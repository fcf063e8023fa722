#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "comparison/image_maps.hpp"
#include "job/job_config.hpp"
#include "store/explanations.hpp"

namespace sightline::app {

/// By model, the predicted class of each image; -1 = no record.
std::vector<std::vector<std::int32_t>> read_predictions(const store::Explanations& store,
                                                        const std::vector<std::string>& models);

/// What the comparison of one method reads from explanations.h5, image by image.
class ComparisonInput {
 public:
  /// `models`: group names; those without maps of the method are left out. Throws base::Error(input) when the store
  /// does not know one of them, or none has the method.
  ComparisonInput(const std::filesystem::path& file, const std::vector<std::string>& models, const std::string& method);

  const std::vector<std::string>& models() const { return models_; }
  /// Their places among the models that were asked for.
  const std::vector<std::size_t>& rows() const { return rows_; }
  /// One sentence for each model without maps of the method.
  const std::vector<std::string>& left_out() const { return left_out_; }
  std::uint64_t images() const { return store_.images(); }

  /// The image's maps as they are read (design.md, section 5), by the kind of the method: class activation maps as
  /// pytorch-grad-cam returns them, attention divided by its maximum, pixels clipped to percentiles and divided by the
  /// largest absolute value, superpixels divided by that. Records without a status or with values that are not finite
  /// are left out. `with_pixels`: also as pixels, for the metrics that need those.
  comparison::ImageMaps image(std::uint64_t index, const job::JobConfig& config, comparison::Upsampling& upsampling,
                              bool with_pixels) const;

 private:
  enum class Reading { cam, attention, pixels, superpixels };

  void choose_reading();
  /// The raw values of one model's record; empty = missing or not finite. Unused superpixels are cut off.
  std::vector<float> values(std::size_t model, std::uint64_t index) const;
  comparison::ImageMaps on_grids(std::uint64_t index, comparison::Upsampling& upsampling, bool with_pixels) const;
  comparison::ImageMaps as_pixels(std::uint64_t index, const job::JobConfig& config, comparison::Upsampling& upsampling,
                                  bool with_pixels) const;
  comparison::ImageMaps as_superpixels(std::uint64_t index, const job::JobConfig& config, bool with_pixels) const;

  Reading reading_ = Reading::cam;
  std::optional<store::Dataset> labels_;  ///< of the superpixels
  store::Explanations store_;
  std::vector<std::string> models_;
  std::vector<std::size_t> rows_;
  std::vector<std::string> left_out_;
  std::string method_;
  std::vector<std::vector<std::uint32_t>> status_;
  std::vector<std::vector<std::int32_t>> predictions_;
};

}  // namespace sightline::app

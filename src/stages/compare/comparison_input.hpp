#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "comparison/image_maps.hpp"
#include "job/job_config.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {

/// By model, the predicted class of each image; -1 = no record.
std::vector<std::vector<std::int32_t>> read_predictions(const store::Explanations& store,
                                                        const std::vector<std::string>& models);

/// One of the explanations that are compared image by image: what `method` made of `model`.
struct ComparedItem {
  std::string model;
  std::string method;
  std::string label;    ///< in tables
  std::size_t row = 0;  ///< place of the model among all of the comparison
};

/// What one comparison reads from explanations.h5, image by image: one method of many models, or many methods of one.
class ComparisonInput {
 public:
  /// `items`: models by group names; those without maps of the method are left out. Throws base::Error(input) when the
  /// store does not know one of the models, or no item is left. `what`: the comparison in messages.
  ComparisonInput(const std::filesystem::path& file, const std::vector<ComparedItem>& items, std::string what);

  const std::string& what() const { return what_; }
  const std::vector<ComparedItem>& items() const { return items_; }
  /// One sentence for each item that is left out.
  const std::vector<std::string>& left_out() const { return left_out_; }
  std::uint64_t images() const { return store_.images(); }

  /// The image's maps as they are read (design.md, section 5), by the kind of the method: class activation maps as
  /// pytorch-grad-cam returns them, attention divided by its maximum, pixels clipped to percentiles and divided by the
  /// largest absolute value, superpixels divided by that. Maps of different kinds are compared as pixels. Records
  /// without a status or with values that are not finite are left out. `with_pixels`: also as pixels, for the metrics
  /// that need those.
  comparison::ImageMaps image(std::uint64_t index, const job::JobConfig& config, comparison::Upsampling& upsampling,
                              bool with_pixels) const;

 private:
  enum class Reading { cam, attention, pixels, superpixels };

  /// How an item's records are read.
  struct Source {
    Reading reading = Reading::cam;
    std::vector<std::uint32_t> status;
    std::string superpixels;  ///< key of the label maps; empty for other kinds
  };

  Source source_of(const ComparedItem& item) const;
  void check_superpixels() const;
  bool all_read_as(std::initializer_list<Reading> readings) const;
  /// The raw values of one item's record; empty = missing or not finite. Unused superpixels are cut off.
  std::vector<float> values(std::size_t item, std::uint64_t index) const;
  comparison::UpsampledMap on_grid(std::size_t item, const std::vector<float>& raw,
                                   comparison::Upsampling& upsampling) const;
  comparison::PixelMap as_pixels(std::size_t item, std::vector<float> raw, std::uint64_t index,
                                 const job::JobConfig& config, comparison::Upsampling& upsampling) const;
  comparison::ImageMaps all_on_grids(std::uint64_t index, comparison::Upsampling& upsampling, bool with_pixels) const;
  comparison::ImageMaps all_as_pixels(std::uint64_t index, const job::JobConfig& config,
                                      comparison::Upsampling& upsampling, bool with_pixels) const;
  comparison::ImageMaps all_as_superpixels(std::uint64_t index, const job::JobConfig& config, bool with_pixels) const;

  store::Explanations store_;
  std::string what_;
  std::vector<ComparedItem> items_;
  std::vector<Source> sources_;  ///< of the items
  std::vector<std::string> left_out_;
  std::vector<std::vector<std::int32_t>> predictions_;  ///< of the items
};

}  // namespace sightline::stages

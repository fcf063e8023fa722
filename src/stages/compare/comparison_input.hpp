#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "comparison/image_maps.hpp"
#include "images/perturb.hpp"
#include "job/job_config.hpp"
#include "stages/compare/predictions.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {

/// One item of a comparison: the maps of one model by one method.
struct ComparedItem {
  std::string model;
  std::string method;
  std::string label;               ///< the item's name in tables
  std::size_t prediction_row = 0;  ///< index of the model in ComparisonResult::models
};

/// Reads the maps of one comparison from explanations.h5, image by image: those of many models by one method, or those
/// of one model by many methods.
class ComparisonInput {
 public:
  /// Items without maps in the store are left out. `predictions`: those of the models by ComparedItem::prediction_row;
  /// `name`: the common method or model, the comparison's name. Throws base::Error(input) when a model is not in the
  /// store, when no item is left, when label maps are not square, and when the maps of all items are of superpixels and
  /// differ in their label maps.
  ComparisonInput(const std::filesystem::path& file, const std::vector<ComparedItem>& items,
                  const Predictions& predictions, std::string name);

  const std::string& name() const { return name_; }
  const std::vector<ComparedItem>& items() const { return items_; }
  /// A sentence for each item that is left out.
  const std::vector<std::string>& left_out() const { return left_out_; }
  /// The number of images in the store.
  std::uint64_t images() const { return store_.images(); }

  /// The maps of all items for the image `index`, normalised by the kind of the method (jobs/README.md, "How maps are
  /// read"): class activation maps as pytorch-grad-cam returns them; attention divided by its maximum; pixels clipped
  /// to percentiles and divided by the largest absolute value; superpixels divided by the largest absolute value; with
  /// --compare.grid maps are averaged over that grid, unless they are coarser, and enlarged before that division. Maps
  /// of different kinds, except class activation maps with attention, are all converted to pixels. Maps that are
  /// missing, corrupt or not finite are absent, and so are those whose superpixels have labels beyond their values.
  /// `with_pixels`: whether the maps are also given as pixels, which some metrics need.
  comparison::ImageMaps image(std::uint64_t index, const job::JobConfig& config, comparison::Upsampling& upsampling,
                              bool with_pixels) const;

  /// As `image`, but with the map of item i for the image images[i], as if all were of one image. Maps of superpixels
  /// are converted to pixels where the images differ.
  comparison::ImageMaps maps_of(const std::vector<std::uint64_t>& images, const job::JobConfig& config,
                                comparison::Upsampling& upsampling, bool with_pixels) const;

  /// The map of an item for an image as `image` reads it, in pixels; nullopt when it is absent.
  std::optional<comparison::PixelMap> pixels(std::size_t item, std::uint64_t index, const job::JobConfig& config,
                                             comparison::Upsampling& upsampling) const;

  /// As `pixels`, but of an image that was perturbed (--perturb) moved back to where the objects are in the image.
  std::optional<comparison::PixelMap> pixels_moved_back(std::size_t item, std::uint64_t index,
                                                        const job::JobConfig& config,
                                                        comparison::Upsampling& upsampling) const;

  /// Pixels or cells per side of the stored maps of an item; 0 for maps of superpixels.
  std::int64_t map_side(std::size_t item) const;

  /// The store that is read.
  const store::Explanations& store() const { return store_; }

  /// The width of the values' range in ImageMaps::range.
  double range(const job::JobConfig& config) const;

 private:
  enum class Reading { cam, attention, pixels, superpixels };

  /// How the records of an item are read.
  struct Source {
    Reading reading = Reading::cam;
    std::vector<std::uint32_t> status;                               ///< status word of each image
    images::Perturbation perturbation = images::Perturbation::none;  ///< of the images whose maps they are
    std::int64_t input_side = 0;                                     ///< of these images in pixels
    std::string superpixels;                                         ///< key of the label maps; empty for other kinds
    std::int64_t side = 0;                                           ///< pixels per side of the label maps
  };

  /// The superpixels of one image.
  struct LabelMap {
    std::uint64_t image = std::numeric_limits<std::uint64_t>::max();
    std::vector<std::uint16_t> labels;  ///< row by row
    std::uint16_t largest = 0;          ///< the largest label
  };

  Source source_of(const ComparedItem& item) const;
  void check_superpixels() const;
  bool all_read_as(std::initializer_list<Reading> readings) const;
  /// The superpixels of an image. The reference is valid until the next call with this key.
  const LabelMap& label_map(const std::string& key, std::uint64_t index) const;
  /// The superpixel labels of an item's map, resized to size x size.
  std::vector<std::uint16_t> labels_at_size(std::size_t item, std::uint64_t index, std::int64_t size) const;
  /// Whether each superpixel of the image has one of the item's `values` values; warns if not.
  bool labels_fit(std::size_t item, std::uint64_t index, std::size_t values) const;
  /// The stored values of an item's map, without unused superpixels; empty when the map is to be left out.
  std::vector<float> values(std::size_t item, std::uint64_t index) const;
  comparison::UpsampledMap on_grid(std::size_t item, const std::vector<float>& raw, const job::JobConfig& config,
                                   comparison::Upsampling& upsampling) const;
  comparison::PixelMap as_pixels(std::size_t item, std::vector<float> raw, std::uint64_t index,
                                 const job::JobConfig& config, comparison::Upsampling& upsampling) const;
  comparison::ImageMaps all_on_grids(const std::vector<std::uint64_t>& images, const job::JobConfig& config,
                                     comparison::Upsampling& upsampling, bool with_pixels) const;
  comparison::ImageMaps all_as_pixels(const std::vector<std::uint64_t>& images, const job::JobConfig& config,
                                      comparison::Upsampling& upsampling, bool with_pixels) const;
  comparison::ImageMaps all_as_superpixels(std::uint64_t index, const job::JobConfig& config, bool with_pixels) const;

  store::Explanations store_;
  std::string name_;
  std::vector<ComparedItem> items_;
  std::vector<Source> sources_;  ///< by item
  std::vector<std::string> left_out_;
  Predictions predictions_;                             ///< [item][image]
  mutable std::map<std::string, LabelMap> label_maps_;  ///< by key: the label map that was read last
};

}  // namespace sightline::stages

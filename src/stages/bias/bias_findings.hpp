#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "focus/bias.hpp"
#include "images/image_list.hpp"
#include "job/job_config.hpp"
#include "stages/bias/bias_regions.hpp"
#include "stages/focus/focus_result.hpp"

namespace sightline::stages {

/// The evidence for the class `target` that one model and method find on images of the class `other`, over the pairs of
/// images of the two classes. The wrong share of a pair is the share of its positive relevance on the image of `other`.
struct BiasFinding {
  std::string model;
  std::string method;
  int target = -1;
  int other = -1;
  std::size_t pairs = 0;                                   ///< pairs whose wrong share is defined
  int undefined = 0;                                       ///< pairs whose map has no positive relevance
  double mean = std::numeric_limits<double>::quiet_NaN();  ///< mean wrong share, in [0, 1]
  double low = std::numeric_limits<double>::quiet_NaN();   ///< ends of its bootstrap interval; NaN without resamples
  double high = std::numeric_limits<double>::quiet_NaN();
  focus::Confusion confusion = {};  ///< how often images of `other` are taken for `target`
  /// Whether `low` (without resamples: `mean`) is above one half and confusions are frequent: at least
  /// focus::min_confused images are confused, and confusion.low is above --bias.prevalence.
  bool suspected = false;
  BiasKinds kinds = {};  ///< the images of `other` by what is seen in them; empty unless suspected
};

/// The findings of one model by method, target class and other class. `result`: the explained pairs; `images`: the
/// model's predictions for all images. Since an image is in many pairs, the bootstrap resamples images instead of pairs
/// (statistics::resample_crossed); its seed is the job's.
std::vector<BiasFinding> find_bias(const FocusResult& result, const std::vector<focus::Prediction>& images,
                                   const job::JobConfig& config);

/// A suspected bias as a sentence without a full stop.
std::string describe(const BiasFinding& finding, const job::JobConfig& config);

/// Reads a model's predictions from a store, for every image of the list that has a label and could be read. Throws
/// base::Error(input) when the file is not a store, lacks an image, or has a label that is not a class of the model.
std::vector<focus::Prediction> read_predicted(const std::filesystem::path& file, const std::string& model,
                                              const images::ImageList& list);

}  // namespace sightline::stages

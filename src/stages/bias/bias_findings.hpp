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

/// What the pairs of two classes, explained by one model and method, say of evidence for `target` on images of `other`.
struct BiasFinding {
  std::string model;
  std::string method;
  int target = -1;
  int other = -1;
  std::size_t pairs = 0;                                   ///< whose share on the wrong tile is defined
  int undefined = 0;                                       ///< pairs whose map has no positive relevance
  double mean = std::numeric_limits<double>::quiet_NaN();  ///< of the share on the wrong tile, in [0, 1]
  double low = std::numeric_limits<double>::quiet_NaN();   ///< its bootstrap interval; NaN without resamples
  double high = std::numeric_limits<double>::quiet_NaN();
  focus::Confusion confusion = {};  ///< how often images of `other` are taken for `target`
  bool suspected = false;           ///< the share is above one half and the confusion is frequent: a bias
  BiasKinds kinds = {};             ///< of what is seen there; empty unless a bias is suspected
};

/// The findings of every method of one model, by class of the target and other class. `images`: what the model of
/// `result` says of all images. An image is in many pairs, so the intervals resample images
/// (statistics::resample_crossed), seeded by the job.
std::vector<BiasFinding> find_bias(const FocusResult& result, const std::vector<focus::Prediction>& images,
                                   const job::JobConfig& config);

/// A suspected bias in a sentence.
std::string describe(const BiasFinding& finding, const job::JobConfig& config);

/// What a model says of every image of the list that could be read and has a label, from a store of predictions. Throws
/// base::Error(input) for a label that the model does not know.
std::vector<focus::Prediction> read_predicted(const std::filesystem::path& file, const std::string& model,
                                              const images::ImageList& list);

}  // namespace sightline::stages

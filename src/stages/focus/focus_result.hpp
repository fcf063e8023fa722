#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "attribution/method.hpp"
#include "focus/mosaic.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// The store of mosaics, in the output folder.
inline constexpr auto focus_file_name = "focus.h5";

/// The scores of one model and method, by mosaic of the set.
struct FocusScores {
  std::size_t model = 0;
  std::string method;
  attribution::Reads reads = attribution::Reads::direction;  ///< with the parameters that are stored
  std::vector<bool> done;                                    ///< whether there is a record
  std::vector<double> focus;                                 ///< NaN = undefined (no positive relevance), or not done
  std::map<std::string, std::vector<double>> quality;        ///< likewise by each of --focus.metrics
  std::vector<std::vector<float>> offending;                 ///< focus::offending_features, of jobs with regions
};

/// What a model says of the mosaics.
struct MosaicPredictions {
  std::string name;
  std::int64_t classes = 0;
  std::vector<int> prediction;             ///< -1 = not done
  std::vector<double> target_probability;  ///< softmax; NaN = not done
};

struct FocusResult {
  const focus::MosaicSet* set = nullptr;
  std::vector<MosaicPredictions> models;
  std::vector<FocusScores> scores;
};

/// The softmax probability of a class, in [0, 1]; NaN for one that the logits do not have.
double probability_of(const std::vector<float>& logits, int index);

/// Reads focus.h5: the mosaics of `set`, every model and method in the file. Throws base::Error(input).
FocusResult read_focus(const std::filesystem::path& file, const focus::MosaicSet& set);

}  // namespace sightline::stages

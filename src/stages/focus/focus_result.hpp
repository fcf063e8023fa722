#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "attribution/method.hpp"
#include "focus/mosaic.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// The name of the store of mosaics in the output folder.
inline constexpr auto focus_file_name = "focus.h5";

/// The scores of one model and method. Vectors are indexed by the mosaics of the set.
struct FocusScores {
  std::size_t model = 0;  ///< index in FocusResult::models
  std::string method;
  attribution::Reads reads = attribution::Reads::direction;  ///< what maps tell with the stored parameters
  std::vector<bool> done;                                    ///< whether the mosaic has a record
  std::vector<double> focus;  ///< in [0, 1]; NaN = undefined (no positive relevance), or not done
  std::map<std::string, std::vector<double>> quality;  ///< by name of each metric of --focus.metrics; NaN as above
  std::vector<std::vector<float>> offending;           ///< focus::offending_features; empty without stored regions
};

/// The predictions of one model, by mosaic of the set.
struct MosaicPredictions {
  std::string name;                        ///< of the model
  std::int64_t classes = 0;                ///< the number of the model's classes
  std::vector<int> prediction;             ///< class index; -1 = not done
  std::vector<double> target_probability;  ///< softmax of the mosaic's target class; NaN = not done
};

/// All predictions and scores of a set of mosaics. The set must outlive the result.
struct FocusResult {
  const focus::MosaicSet* set = nullptr;
  std::vector<MosaicPredictions> models;
  std::vector<FocusScores> scores;
};

/// The softmax probability of the class `index`, in [0, 1]; NaN when there is no such logit.
double probability_of(const std::vector<float>& logits, int index);

/// Reads the predictions and scores of the mosaics of `set` from focus.h5, for every model and method in the file.
/// Throws base::Error(input) when the file is not a store or lacks one of the mosaics.
FocusResult read_focus(const std::filesystem::path& file, const focus::MosaicSet& set);

}  // namespace sightline::stages

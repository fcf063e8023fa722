#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "stages/compare/predictions.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {

/// Something that is known of every image besides its maps.
struct ImageFact {
  std::string name;            ///< the column in tables
  std::vector<double> values;  ///< by image; NaN where it is not known
};

/// Reads --compare.facts: a CSV with the column `image`, whose names are those of the store, and columns of numbers,
/// which may be empty. `paths`: of the store's images; none to check the file alone. Throws base::Error(input) when the
/// file cannot be read, is no such table, names an image twice or none of the store's, and when a column has the name
/// of one that tables have already.
std::vector<ImageFact> read_image_facts(const std::filesystem::path& file, const std::vector<std::string>& paths);

/// same_predictions: the share of the pairs of models that predict the same class; right: of the models that are right;
/// confidence: the mean probability of the models' own predictions. All are NaN where there is nothing to count.
/// `models`: names in the store, with their predictions.
std::vector<ImageFact> outcomes(const store::Explanations& store, const std::vector<std::string>& models,
                                const Predictions& predictions, const std::vector<std::int32_t>& labels);

}  // namespace sightline::stages

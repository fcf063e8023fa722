#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "stages/focus/focus_result.hpp"

namespace sightline::stages {

/// Some mosaics' scores: the defined ones, and how many are not.
struct Sample {
  std::vector<double> values;
  std::size_t undefined = 0;

  void add(double value);  ///< NaN = undefined
  /// A mosaic's score, if it was made.
  void add(const FocusScores& scores, std::size_t mosaic);
  // NaN without values; variance: unbiased, NaN of fewer than two.
  double mean() const;
  double percentile(double percent) const;
  double variance() const;
};

Sample all_of(const FocusScores& scores);

/// The mean over each draw's arrangements: values that are independent. NaN where none is defined. `draws`:
/// focus::group_by_draw of the set.
std::vector<double> means_of_draws(const FocusScores& scores, const std::vector<std::vector<std::size_t>>& draws);

/// Draws that were laid in every arrangement: mosaic by arrangement. Empty where all mosaics have the same.
std::vector<std::map<std::string, std::size_t>> complete_draws(const focus::MosaicSet& set);

}  // namespace sightline::stages

#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "stages/focus/focus_result.hpp"

namespace sightline::stages {

/// A sample of scores, without the undefined ones, which are counted.
struct ScoreSample {
  std::vector<double> values;
  std::size_t undefined = 0;

  /// Adds a score; NaN = undefined.
  void add(double value);
  /// Adds the Focus score of a mosaic if it has a record.
  void add(const FocusScores& scores, std::size_t mosaic);
  /// NaN without values.
  double mean() const;
  /// `percent`: 0 to 100, interpolated linearly. NaN without values.
  double percentile(double percent) const;
  /// The unbiased variance; NaN for fewer than two values.
  double variance() const;
};

/// The Focus scores of all mosaics that have a record.
ScoreSample sample_of(const FocusScores& scores);

/// The mean Focus score of each draw over its arrangements; NaN where none is defined. Scores of the same draw depend
/// on each other, their means do not. `draws`: focus::group_by_draw of the set.
std::vector<double> means_of_draws(const FocusScores& scores, const std::vector<std::vector<std::size_t>>& draws);

/// The draws that exist in every arrangement of the set: for each of them, the index of its mosaic by arrangement.
/// Empty when all mosaics have the same arrangement.
std::vector<std::map<std::string, std::size_t>> complete_draws(const focus::MosaicSet& set);

}  // namespace sightline::stages

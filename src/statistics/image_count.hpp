#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "statistics/bootstrap.hpp"

/// How many images does a comparison need? Dissimilarities of random subsets against those of all images.
namespace sightline::statistics {

/// What the subsets of one size gave.
struct SubsetErrors {
  std::int64_t images = 0;             ///< of a subset
  std::vector<double> sum_absolute;    ///< by subset: sum over pairs of |dissimilarity - that of all images|
  std::vector<double> mean_absolute;   ///< the same, divided by the number of pairs
  std::vector<double> cell_variances;  ///< by pair: unbiased variance of its dissimilarity over the subsets
};

/// `subsets` random subsets without replacement for each of `counts` (those above the number of images are left out);
/// a subset depends on (seed, count, its number) alone. `values` holds the pairs that count, usually without the
/// diagonal.
std::vector<SubsetErrors> subset_errors(const PairValues& values, const std::vector<std::int64_t>& counts,
                                        std::int64_t subsets, std::uint64_t seed);

/// The powers of two from 2 to below `images`.
std::vector<std::int64_t> powers_of_two_below(std::int64_t images);

/// The smallest count from which on the subsets' average mean absolute error is at most `wanted`.
std::optional<std::int64_t> images_needed(const std::vector<SubsetErrors>& errors, double wanted);

}  // namespace sightline::statistics

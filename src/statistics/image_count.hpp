#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "statistics/bootstrap.hpp"

/// Estimates how many images a comparison needs: the dissimilarities over random subsets of the images are compared
/// with those over all images.
namespace sightline::statistics {

/// The errors of the dissimilarities over subsets of one size.
struct SubsetErrors {
  std::int64_t images = 0;             ///< number of images in each subset
  std::vector<double> sum_absolute;    ///< by subset: sum over pairs of |dissimilarity over subset - over all images|
  std::vector<double> mean_absolute;   ///< by subset: sum_absolute divided by the number of pairs
  std::vector<double> cell_variances;  ///< by pair: unbiased variance of its dissimilarity over the subsets
};

/// Draws `subsets` random subsets, without replacement, of each size in `counts`, and compares their dissimilarities
/// with those over all images. The result is ascending by size, whatever the order of `counts`; sizes above the number
/// of images are skipped. A subset depends only on the seed, its size and its number. values: the pairs of models that
/// take part, usually without the pairs of a model with itself.
std::vector<SubsetErrors> subset_errors(const PairValues& values, std::vector<std::int64_t> counts,
                                        std::int64_t subsets, std::uint64_t seed);

/// The powers of two in [2, images), ascending.
std::vector<std::int64_t> powers_of_two_below(std::int64_t images);

/// The smallest subset size for which, and for every larger one, the mean absolute error averaged over the subsets is
/// at most max_error; nullopt if that does not even hold for the largest. errors: ascending by subset size.
std::optional<std::int64_t> images_needed(const std::vector<SubsetErrors>& errors, double max_error);

}  // namespace sightline::statistics

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "statistics/bootstrap.hpp"

/// Estimates how many images a comparison needs: the dissimilarities over random subsets of the images are compared
/// with those over all images, and those over random halves with each other.
namespace sightline::statistics {

/// The errors of the dissimilarities over subsets of one size.
struct SubsetErrors {
  std::int64_t images = 0;             ///< number of images in each subset
  std::vector<double> sum_absolute;    ///< by subset: sum over pairs of |dissimilarity over subset - over all images|
  std::vector<double> mean_absolute;   ///< by subset: sum_absolute divided by the number of pairs
  std::vector<double> cell_variances;  ///< by pair: unbiased variance of its dissimilarity over the subsets
};

/// The sizes in `counts` that are at most the number of images, ascending; without `counts`, the powers of two below
/// it.
std::vector<std::int64_t> subset_sizes(std::vector<std::int64_t> counts, std::size_t images);

/// The dissimilarity of each pair over all images, in row 0, and over `subsets` random subsets, without replacement, of
/// each of these sizes: (1 + sizes x subsets) x pairs; 1 for a pair without values. A subset depends only on the seed,
/// its size and its number, so that some pairs get the same rows as all pairs together. Throws base::Error(stopped)
/// after a signal.
Eigen::MatrixXd subset_dissimilarities(const PairValues& values, const std::vector<std::int64_t>& sizes,
                                       std::int64_t subsets, std::uint64_t seed);

/// Compares the dissimilarities over subsets with those over all images, by size. `found`: as subset_dissimilarities
/// returns it, of the pairs that take part, usually without the pairs of a model with itself.
std::vector<SubsetErrors> subset_errors(const Eigen::MatrixXd& found, const std::vector<std::int64_t>& sizes,
                                        std::int64_t subsets);

/// The dissimilarity of each pair over either half of the images, which `splits` random splits make (of an odd number
/// one image is left out): 2 splits x pairs, the halves of a split below each other; 1 for a pair without values. A
/// split depends only on the seed and its number. Throws base::Error(stopped) after a signal.
Eigen::MatrixXd half_dissimilarities(const PairValues& values, std::int64_t splits, std::uint64_t seed);

/// How well a matrix would come again on other images, as many as there are.
struct SplitHalfReliability {
  double correlation = 0.0;  ///< mean over the splits of Pearson's correlation of the two halves' cells
  double reliability = 0.0;  ///< 2 r / (1 + r) of that mean, by which Spearman (British Journal of Psychology 1910)
                             ///< and Brown (ibid.) predict the correlation of two matrices over all images
  double low = 0.0;          ///< the same of the 2.5th percentile of the correlations over the splits
  double high = 0.0;         ///< and of the 97.5th one
};
/// halves: as half_dissimilarities returns it, of the pairs that take part. All values are NaN when no split has a
/// correlation, as with fewer than three pairs or constant cells.
SplitHalfReliability split_half_reliability(const Eigen::MatrixXd& halves);

/// The powers of two in [2, images), ascending.
std::vector<std::int64_t> powers_of_two_below(std::int64_t images);

/// The smallest subset size for which, and for every larger one, the mean absolute error averaged over the subsets is
/// at most max_error; nullopt if that does not even hold for the largest. errors: ascending by subset size.
std::optional<std::int64_t> images_needed(const std::vector<SubsetErrors>& errors, double max_error);

}  // namespace sightline::statistics

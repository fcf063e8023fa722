#pragma once

#include <cstddef>
#include <vector>

namespace sightline::clustering {

/// The adjusted Rand index of two partitions of the same items (Hubert and Arabie, Journal of Classification 1985), as
/// scikit-learn's adjusted_rand_score computes it: 1 for equal partitions, 0 on average for independent ones, at least
/// -0.5. first, second: the cluster of each item, numbered from 0; the same number of items, at least one.
double adjusted_rand_index(const std::vector<std::size_t>& first, const std::vector<std::size_t>& second);

/// The mutual information of two partitions, adjusted for chance (Vinh, Epps and Bailey, JMLR 2010) and normalised by
/// the mean of both entropies, as scikit-learn's adjusted_mutual_info_score computes it: 1 for equal partitions, 0 on
/// average for independent ones. Arguments as above.
double adjusted_mutual_information(const std::vector<std::size_t>& first, const std::vector<std::size_t>& second);

}  // namespace sightline::clustering

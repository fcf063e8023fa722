#pragma once

#include "models/kernels/winograd_tiles.hpp"

namespace sightline::models::winograd {

constexpr int not_plain = -1;

/// Whether a tile can have plain windows (see plain_windows). Returns false for most tiles after a few comparisons;
/// true does not mean that there is one.
bool may_have_plain_windows(const Pixels& pixels, std::int64_t channels);

/// A 3 x 3 window is plain if its three rows are equal or its three columns are. For each of a tile's 16 windows, row
/// by row: if it is plain, the index of the first window of the tile that is equal to it (possibly its own), otherwise
/// not_plain.
///
/// Plain windows occur in uniform regions of an image and along their straight edges. There, equal windows must have
/// results that are equal to the last bit, because max pooling passes its gradient to the first of several equal
/// maxima.
std::array<int, static_cast<std::size_t>(results)> plain_windows(const Pixels& pixels, std::int64_t channels);

}  // namespace sightline::models::winograd

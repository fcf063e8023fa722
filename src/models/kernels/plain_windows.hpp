#pragma once

#include "models/kernels/winograd_tiles.hpp"

namespace sightline::models::winograd {

constexpr int not_plain = -1;

/// Whether a tile can have plain windows (see below). A few comparisons tell for most.
bool may_have_plain_windows(const Pixels& pixels, std::int64_t channels);

/// For each of a tile's 3 x 3 windows: if it is plain, that is, its rows are equal or its columns are, the first window
/// of the tile that is equal to it (itself perhaps); for all others not_plain. Plain windows are those of a picture's
/// even parts and along their borders, where neighbouring results have to be equal to the last bit: a max pooling
/// passes its gradient to the first of equals.
std::array<int, static_cast<std::size_t>(results)> plain_windows(const Pixels& pixels, std::int64_t channels);

}  // namespace sightline::models::winograd

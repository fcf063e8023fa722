#include "models/kernels/plain_windows.hpp"

#include <cstring>

namespace sightline::models::winograd {
namespace {

/// Whether two pixels of a tile are equal in all channels, to the last bit.
bool equal(const Pixels& pixels, int row, int column, int other_row, int other_column, std::int64_t channels) {
  const void* a = pixels[static_cast<std::size_t>(row * input_side + column)];
  const void* b = pixels[static_cast<std::size_t>(other_row * input_side + other_column)];
  constexpr std::size_t first_bytes = 16;
  return a == b || (std::memcmp(a, b, first_bytes) == 0 &&
                    std::memcmp(a, b, sizeof(float) * static_cast<std::size_t>(channels)) == 0);
}

bool all_equal(const Pixels& pixels, std::int64_t channels) {
  for (int k = 1; k < points; ++k) {
    if (!equal(pixels, 0, 0, k / input_side, k % input_side, channels)) {
      return false;
    }
  }
  return true;
}

/// For each pixel of a tile: whether it equals the next pixel in its row and in its column.
class Neighbours {
 public:
  Neighbours(const Pixels& pixels, std::int64_t channels) {
    for (int row = 0; row < input_side; ++row) {
      for (int column = 0; column < input_side; ++column) {
        right_[row][column] = column + 1 < input_side && equal(pixels, row, column, row, column + 1, channels);
        down_[row][column] = row + 1 < input_side && equal(pixels, row, column, row + 1, column, channels);
      }
    }
  }

  /// Whether each of `count` columns of three pixels, starting at (row, column), equals the column to its right.
  bool columns_repeat(int row, int column, int count) const {
    bool all = true;
    for (int r = row; r < row + 3; ++r) {
      for (int c = column; c < column + count; ++c) {
        all = all && right_[r][c];
      }
    }
    return all;
  }
  /// Whether each of `count` rows of three pixels, starting at (row, column), equals the row below it.
  bool rows_repeat(int row, int column, int count) const {
    bool all = true;
    for (int r = row; r < row + count; ++r) {
      for (int c = column; c < column + 3; ++c) {
        all = all && down_[r][c];
      }
    }
    return all;
  }

 private:
  bool right_[input_side][input_side];
  bool down_[input_side][input_side];
};

}  // namespace

bool may_have_plain_windows(const Pixels& pixels, std::int64_t channels) {
  // Every plain window contains a pixel in row 2 or 3 and column 1 or 3 that equals the next pixel in its row, or a
  // pixel in column 2 or 3 and row 1 or 3 that equals the next pixel in its column.
  for (const int a : {2, 3}) {
    for (const int b : {1, 3}) {
      if (equal(pixels, a, b, a, b + 1, channels) || equal(pixels, b, a, b + 1, a, channels)) {
        return true;
      }
    }
  }
  return false;
}

std::array<int, static_cast<std::size_t>(results)> plain_windows(const Pixels& pixels, std::int64_t channels) {
  std::array<int, static_cast<std::size_t>(results)> first;
  first.fill(0);
  if (all_equal(pixels, channels)) {
    return first;
  }
  first.fill(not_plain);
  const Neighbours neighbours(pixels, channels);
  for (int k = 0; k < results; ++k) {
    const int row = k / output_side;
    const int column = k % output_side;
    auto& own = first[static_cast<std::size_t>(k)];
    if (!neighbours.columns_repeat(row, column, 2) && !neighbours.rows_repeat(row, column, 2)) {
      continue;
    }
    if (column > 0 && neighbours.columns_repeat(row, column - 1, 3)) {
      own = first[static_cast<std::size_t>(k - 1)];
    } else if (row > 0 && neighbours.rows_repeat(row - 1, column, 3)) {
      own = first[static_cast<std::size_t>(k - output_side)];
    } else {
      own = k;
    }
  }
  return first;
}

}  // namespace sightline::models::winograd

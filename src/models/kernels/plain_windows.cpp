#include "models/kernels/plain_windows.hpp"

#include <cstring>

namespace sightline::models::winograd {
namespace {

/// To the last bit.
bool equal(const Pixels& pixels, int row, int column, int other_row, int other_column, std::int64_t channels) {
  const void* a = pixels[static_cast<std::size_t>(row * reach + column)];
  const void* b = pixels[static_cast<std::size_t>(other_row * reach + other_column)];
  constexpr std::size_t first_bytes = 16;
  return a == b || (std::memcmp(a, b, first_bytes) == 0 &&
                    std::memcmp(a, b, sizeof(float) * static_cast<std::size_t>(channels)) == 0);
}

bool all_equal(const Pixels& pixels, std::int64_t channels) {
  for (int k = 1; k < points; ++k) {
    if (!equal(pixels, 0, 0, k / reach, k % reach, channels)) {
      return false;
    }
  }
  return true;
}

/// Which pixels of a tile are equal to the next one in their row or column.
class Neighbours {
 public:
  Neighbours(const Pixels& pixels, std::int64_t channels) {
    for (int row = 0; row < reach; ++row) {
      for (int column = 0; column < reach; ++column) {
        right_[row][column] = column + 1 < reach && equal(pixels, row, column, row, column + 1, channels);
        down_[row][column] = row + 1 < reach && equal(pixels, row, column, row + 1, column, channels);
      }
    }
  }

  /// Whether `count` columns of three pixels, from a place on, are each equal to the next column.
  bool columns_repeat(int row, int column, int count) const {
    bool all = true;
    for (int r = row; r < row + 3; ++r) {
      for (int c = column; c < column + count; ++c) {
        all = all && right_[r][c];
      }
    }
    return all;
  }
  /// The same for rows.
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
  bool right_[reach][reach];
  bool down_[reach][reach];
};

}  // namespace

bool may_have_plain_windows(const Pixels& pixels, std::int64_t channels) {
  // Each has a pixel of row 2 or 3 and column 1 or 3 that is equal to the next one in its row, or one of column 2 or 3
  // and row 1 or 3 that is equal to the next one in its column.
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
    const int row = k / side;
    const int column = k % side;
    auto& own = first[static_cast<std::size_t>(k)];
    if (!neighbours.columns_repeat(row, column, 2) && !neighbours.rows_repeat(row, column, 2)) {
      continue;
    }
    if (column > 0 && neighbours.columns_repeat(row, column - 1, 3)) {
      own = first[static_cast<std::size_t>(k - 1)];
    } else if (row > 0 && neighbours.rows_repeat(row - 1, column, 3)) {
      own = first[static_cast<std::size_t>(k - side)];
    } else {
      own = k;
    }
  }
  return first;
}

}  // namespace sightline::models::winograd

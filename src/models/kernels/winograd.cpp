#include "models/kernels/winograd.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include "models/kernels/plain_windows.hpp"
#include "models/kernels/winograd_tiles.hpp"

namespace sightline::models::winograd {
namespace {

constexpr std::int64_t columns = 64;  // output channels of one matrix product
constexpr std::int64_t taps = 9;

/// A square of pixels or results: its image and its first row and column.
struct Tile {
  std::int64_t image;
  std::int64_t row;
  std::int64_t column;
};

// The kinds of tiles: their sizes, their transformations, and the number of tiles that are computed together (measured:
// the products of one block stay in the caches).

/// The convolution with stride 1.
struct Same {
  static constexpr std::int64_t points = winograd::points;
  static constexpr std::int64_t from_side = input_side;
  static constexpr std::int64_t to_side = output_side;
  static constexpr std::int64_t block = 64;
  static constexpr bool has_plain_windows = true;
  static constexpr auto to_points = pixels_to_points;
  static constexpr auto to_results = points_to_results;
  static constexpr std::int64_t matrix(std::int64_t point) { return point; }
  static Tile input_tile(const Tile& tile, std::int64_t padding) {
    return {tile.image, tile.row - padding, tile.column - padding};
  }
};

/// The convolution with stride 2.
struct Down {
  static constexpr std::int64_t points = strided::points;
  static constexpr std::int64_t from_side = strided::down_input_side;
  static constexpr std::int64_t to_side = output_side;
  static constexpr std::int64_t block = 32;
  static constexpr bool has_plain_windows = false;
  static constexpr auto to_points = strided::down_to_points;
  static constexpr auto to_results = strided::points_to_halved;
  static constexpr std::int64_t matrix(std::int64_t point) { return strided::matrix(point); }
  static Tile input_tile(const Tile& tile, std::int64_t padding) {
    return {tile.image, 2 * tile.row - padding, 2 * tile.column - padding};
  }
};

/// The transposed convolution with stride 2.
struct Up {
  static constexpr std::int64_t points = strided::points;
  static constexpr std::int64_t from_side = strided::up_input_side;
  static constexpr std::int64_t to_side = strided::up_output_side;
  static constexpr std::int64_t block = 32;
  static constexpr bool has_plain_windows = false;
  static constexpr auto to_points = strided::up_to_points;
  static constexpr auto to_results = strided::points_to_doubled;
  static constexpr std::int64_t matrix(std::int64_t point) { return strided::matrix(point); }
  static Tile input_tile(const Tile& tile, std::int64_t) { return {tile.image, tile.row / 2, tile.column / 2}; }
};

/// The distance of two tiles in memory, in floats. It is one cache line more than a tile needs, so that the tiles do
/// not compete for the same cache sets.
template <typename Kind>
constexpr std::int64_t tile_size(std::int64_t channels) {
  return Kind::points * channels + lanes;
}

/// `rows` rounded up to the number of rows of a matrix product. There are few such numbers, since LibTorch compiles a
/// kernel for each.
constexpr std::int64_t full_rows(std::int64_t rows) {
  const std::int64_t step = rows > 16 ? 16 : 4;
  return (rows + step - 1) / step * step;
}

/// c = a b. a: rows x in, with rows `a_row` numbers apart; b: in x out, stored in blocks of 64 columns; c: rows x out,
/// with rows `c_row` numbers apart.
void multiply(std::int64_t rows, const float* a, std::int64_t a_row, std::int64_t in, const float* b, float* c,
              std::int64_t c_row, std::int64_t out) {
  for (std::int64_t first = 0; first < out; first += columns) {
    const auto width = std::min(columns, out - first);
    at::native::cpublas::brgemm(rows, width, in, a_row, width, c_row, false, a, b + first * in, c + first, false);
  }
}

/// Whether LibTorch has small matrix products here: oneDNN must have been built with them and support the processor.
bool has_matrix_kernels() {
  static const bool works = [] {
    try {
      const std::array<float, lanes> one{1.0F};
      std::array<float, lanes> product{};
      at::native::cpublas::brgemm(1, lanes, 1, 1, lanes, lanes, false, one.data(), one.data(), product.data(), false);
      return product[0] == 1.0F;
    } catch (const c10::Error&) {
      return false;
    }
  }();
  return works;
}

/// Images in memory, channels-last.
template <typename Number>
struct Images {
  Number* pixels;
  std::int64_t rows;
  std::int64_t width;
  std::int64_t channels;
  Number* outside;  ///< stands for every pixel outside the image

  Number* at(std::int64_t image, std::int64_t row, std::int64_t column) const {
    const bool inside = row >= 0 && row < rows && column >= 0 && column < width;
    return inside ? pixels + ((image * rows + row) * width + column) * channels : outside;
  }
};

/// The tiles that cover the results of a batch.
struct Tiling {
  std::int64_t tile_side;
  std::int64_t images;
  std::int64_t down;    ///< tiles along a column
  std::int64_t across;  ///< tiles along a row

  Tiling(std::int64_t of_side, std::int64_t of_images, std::int64_t rows, std::int64_t width)
      : tile_side(of_side),
        images(of_images),
        down((rows + tile_side - 1) / tile_side),
        across((width + tile_side - 1) / tile_side) {}
  std::int64_t size() const { return images * down * across; }
  Tile operator[](std::int64_t k) const {
    return {k / (down * across), k / across % down * tile_side, k % across * tile_side};
  }
};

/// Pointers to the pixels of a square with the side `of_side`, row by row.
template <std::int64_t of_side, typename Number>
auto square(const Images<Number>& source, const Tile& first) {
  std::array<Number*, static_cast<std::size_t>(of_side * of_side)> pixels;
  const bool inside = first.row >= 0 && first.row + of_side <= source.rows && first.column >= 0 &&
                      first.column + of_side <= source.width;
  Number* const corner = source.at(first.image, first.row, first.column);
  for (std::int64_t k = 0; k < of_side * of_side; ++k) {
    const auto row = k / of_side;
    const auto column = k % of_side;
    pixels[static_cast<std::size_t>(k)] = inside ? corner + (row * source.width + column) * source.channels
                                                 : source.at(first.image, first.row + row, first.column + column);
  }
  return pixels;
}

/// Direct sums over the plain windows of many tiles, collected so that one matrix product computes them.
class DirectSums {
 public:
  DirectSums(const float* filter, std::int64_t in, std::int64_t out, const at::TensorOptions& options)
      : filter_(filter), in_(in), out_(out), options_(options) {}

  /// Whether there is no room for the windows of another tile.
  bool full() const { return capacity - count_ < results; }

  /// Adds the window at the index `place` of a tile, and returns its number.
  std::int64_t add(const Pixels& pixels, int place) {
    if (!windows_.defined()) {
      windows_ = at::zeros({capacity * taps * in_}, options_);
      sums_ = at::empty({capacity * out_}, options_);
    }
    float* to = windows_.mutable_data_ptr<float>() + count_ * taps * in_;
    for (int tap = 0; tap < taps; ++tap) {
      const auto row = place / output_side + tap / 3;
      const auto column = place % output_side + tap % 3;
      std::copy_n(pixels[static_cast<std::size_t>(row * input_side + column)], in_, to + tap * in_);
    }
    return count_++;
  }
  /// Requests that the sum of a window is stored as `result`.
  void request(std::int64_t window, float* result) { requests_.push_back({window, result}); }

  /// Computes and stores all requested results.
  void write(const Epilogue& epilogue) {
    if (count_ == 0) {
      return;
    }
    float* const sums = sums_.mutable_data_ptr<float>();
    multiply(full_rows(count_), windows_.const_data_ptr<float>(), taps * in_, taps * in_, filter_, sums, out_, out_);
    for (const auto& [window, result] : requests_) {
      sum_to_result(sums + window * out_, out_, epilogue, result);
    }
    count_ = 0;
    requests_.clear();
  }

 private:
  static constexpr std::int64_t capacity = 64;
  struct Request {
    std::int64_t window;
    float* result;
  };

  const float* filter_;
  std::int64_t in_;
  std::int64_t out_;
  at::TensorOptions options_;
  at::Tensor windows_;  ///< allocated when first needed
  at::Tensor sums_;
  std::int64_t count_ = 0;
  std::vector<Request> requests_;
};

/// Convolves tiles in blocks, with the buffers of one thread.
template <typename Kind>
class Convolver {
 public:
  Convolver(const Images<const float>& from, const Images<float>& to, std::int64_t padding, const float* matrices,
            const float* filter, const Epilogue& epilogue, const at::TensorOptions& options)
      : from_(from),
        to_(to),
        padding_(padding),
        matrices_(matrices),
        epilogue_(epilogue),
        pixels_(at::empty({Kind::block * tile_size<Kind>(from.channels)}, options)),
        products_(at::empty({Kind::block * tile_size<Kind>(to.channels)}, options)),
        direct_(filter, from.channels, to.channels, options) {}

  /// Adds a tile of results. Its plain windows are summed directly; the others are computed when a block is full.
  void add(const Tile& tile) {
    const auto input_tile = square<Kind::from_side>(from_, Kind::input_tile(tile, padding_));
    auto& results_at = results_at_[static_cast<std::size_t>(count_)];
    results_at = square<Kind::to_side>(to_, tile);
    if constexpr (Kind::has_plain_windows) {
      if (may_have_plain_windows(input_tile, from_.channels) && !move_plain_windows(input_tile, results_at)) {
        return;
      }
    }
    Kind::to_points(input_tile, from_.channels,
                    pixels_.mutable_data_ptr<float>() + count_ * tile_size<Kind>(from_.channels));
    if (++count_ == Kind::block) {
      write_block();
    }
  }

  /// Computes what is left after the last tile.
  void flush() {
    write_block();
    direct_.write(epilogue_);
  }

 private:
  void write_block() {
    const auto in = from_.channels;
    const auto out = to_.channels;
    const auto* const pixels = pixels_.const_data_ptr<float>();
    auto* const products = products_.mutable_data_ptr<float>();
    for (std::int64_t point = 0; point < Kind::points && count_ > 0; ++point) {
      multiply(full_rows(count_), pixels + point * in, tile_size<Kind>(in), in,
               matrices_ + Kind::matrix(point) * in * out, products + point * out, tile_size<Kind>(out), out);
    }
    for (std::int64_t k = 0; k < count_; ++k) {
      Kind::to_results(products + k * tile_size<Kind>(out), out, epilogue_, results_at_[static_cast<std::size_t>(k)]);
    }
    count_ = 0;
  }

  /// Moves a tile's plain windows to the direct sums. Returns whether the tile has other windows.
  bool move_plain_windows(const Pixels& pixels, Results& results_at) {
    if (direct_.full()) {
      direct_.write(epilogue_);
    }
    const auto first = plain_windows(pixels, from_.channels);
    std::array<std::int64_t, static_cast<std::size_t>(results)> numbers;
    for (std::size_t k = 0; k < results_at.size(); ++k) {
      if (first[k] == not_plain || results_at[k] == to_.outside) {
        continue;
      }
      const auto like = static_cast<std::size_t>(first[k]);
      numbers[k] = like == k ? direct_.add(pixels, first[k]) : numbers[like];
      direct_.request(numbers[k], results_at[k]);
      results_at[k] = to_.outside;
    }
    return std::any_of(results_at.begin(), results_at.end(), [&](const float* at) { return at != to_.outside; });
  }

  Images<const float> from_;
  Images<float> to_;
  std::int64_t padding_;
  const float* matrices_;
  Epilogue epilogue_;
  at::Tensor pixels_;
  at::Tensor products_;
  std::int64_t count_ = 0;  ///< tiles of the block so far
  /// Pointers to the results of each tile of the block.
  std::array<strided::Results<Kind::to_side>, static_cast<std::size_t>(Kind::block)> results_at_;
  DirectSums direct_;
};

/// Computes all results of a batch by tiles of one kind.
template <typename Kind>
void convolve(const at::Tensor& x, const at::Tensor& matrices, const at::Tensor& filter, std::int64_t padding,
              const Epilogue& epilogue, const at::Tensor& y) {
  const auto in = x.size(1);
  const auto out = y.size(1);
  const Tiling tiling(Kind::to_side, x.size(0), y.size(2), y.size(3));
  at::parallel_for(0, (tiling.size() + Kind::block - 1) / Kind::block, 1, [&](std::int64_t begin, std::int64_t end) {
    const auto zeros = at::zeros({in}, x.options());
    const auto unused = at::zeros({out}, x.options());
    Convolver<Kind> convolver(
        {x.const_data_ptr<float>(), x.size(2), x.size(3), in, zeros.const_data_ptr<float>()},
        {y.mutable_data_ptr<float>(), y.size(2), y.size(3), out, unused.mutable_data_ptr<float>()}, padding,
        matrices.const_data_ptr<float>(), filter.const_data_ptr<float>(), epilogue, x.options());
    for (auto k = begin * Kind::block; k < std::min(end * Kind::block, tiling.size()); ++k) {
      convolver.add(tiling[k]);
    }
    convolver.flush();
  });
}

}  // namespace

bool is_faster(const at::Tensor& weight, std::int64_t stride, std::int64_t padding, std::int64_t groups) {
  const bool strides = stride == 1 || (stride == 2 && padding == 1);
  return strides && groups == 1 && weight.size(2) == 3 && weight.size(3) == 3 && weight.size(0) % lanes == 0 &&
         weight.size(1) % lanes == 0 && weight.scalar_type() == at::kFloat && has_matrix_kernels();
}

Filter::Filter(const at::Tensor& weight, std::int64_t stride, std::int64_t padding)
    : in_(weight.size(1)), out_(weight.size(0)), stride_(stride), padding_(padding) {
  const auto taps_first = weight.permute({2, 3, 1, 0}).contiguous();  // 3 x 3 x in x out
  const auto by_tap = taps_first.view({taps * in_, out_});
  static_assert(points == strided::matrices);
  const bool direct_sums = stride_ == 1;
  taps_ = at::empty({direct_sums ? taps * in_ * out_ : 0}, weight.options());
  matrices_ = at::empty({points * in_ * out_}, weight.options());
  const float* from = by_tap.const_data_ptr<float>();
  for (std::int64_t first = 0; first < out_; first += columns) {
    const auto width = std::min(columns, out_ - first);
    if (direct_sums) {
      taps_.narrow(0, first * taps * in_, width * taps * in_).copy_(by_tap.narrow(1, first, width).reshape({-1}));
    }
    float* to = matrices_.mutable_data_ptr<float>() + first * in_;
    for (std::int64_t in = 0; in < in_; ++in) {
      (stride_ == 1 ? taps_to_points : strided::taps_to_matrices)(from + in * out_ + first, in_ * out_, width,
                                                                  to + in * width, in_ * out_);
    }
  }
}

at::Tensor Filter::operator()(const at::Tensor& x, const at::Tensor& bias, Activation activation,
                              const at::Tensor& residual) const {
  const auto output_size = [&](std::int64_t size) { return (size + 2 * padding_ - 3) / stride_ + 1; };
  auto y = residual.defined() ? residual
                              : at::empty({x.size(0), out_, output_size(x.size(2)), output_size(x.size(3))},
                                          x.options().memory_format(at::MemoryFormat::ChannelsLast));
  const Epilogue epilogue{bias.defined() ? bias.const_data_ptr<float>() : nullptr, residual.defined(),
                          activation == Activation::relu};
  (stride_ == 1 ? convolve<Same> : convolve<Down>)(x, matrices_, taps_, padding_, epilogue, y);
  return activation == Activation::none || activation == Activation::relu ? y : activate(y, activation);
}

at::Tensor Filter::up(const at::Tensor& upper, std::int64_t rows, std::int64_t columns_wanted) const {
  auto y = at::empty({upper.size(0), out_, rows, columns_wanted},
                     upper.options().memory_format(at::MemoryFormat::ChannelsLast));
  convolve<Up>(upper, matrices_, taps_, padding_, {nullptr, false, false}, y);
  return y;
}

}  // namespace sightline::models::winograd

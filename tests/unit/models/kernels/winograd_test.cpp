#include "models/kernels/winograd.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <tuple>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "models/kernels/plain_windows.hpp"

namespace sightline::models::winograd {
namespace {

constexpr auto nhwc = at::MemoryFormat::ChannelsLast;

at::Tensor random_weight(std::int64_t out, std::int64_t in) {
  return at::randn({out, in, 3, 3}) / std::sqrt(9.0 * static_cast<double>(in));
}

double error(const at::Tensor& made, const at::Tensor& expected) {
  return ((made.to(at::kDouble) - expected).norm() / expected.norm()).item().toDouble();
}

class Winograd : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_faster(at::zeros({16, 16, 3, 3}), 1, 1, 1)) {
      GTEST_SKIP() << "LibTorch has no small matrix products for this processor";
    }
  }
};

TEST_F(Winograd, PaysForWindowsOfThreeInFloat32) {
  EXPECT_TRUE(is_faster(at::zeros({64, 16, 3, 3}), 1, 1, 1));
  EXPECT_TRUE(is_faster(at::zeros({64, 16, 3, 3}), 2, 1, 1));
  EXPECT_FALSE(is_faster(at::zeros({64, 16, 3, 3}), 2, 0, 1));
  EXPECT_FALSE(is_faster(at::zeros({64, 16, 3, 3}), 3, 1, 1));
  EXPECT_FALSE(is_faster(at::zeros({64, 16, 3, 3}), 1, 1, 4));
  EXPECT_FALSE(is_faster(at::zeros({64, 16, 5, 5}), 1, 1, 1));
  EXPECT_FALSE(is_faster(at::zeros({64, 3, 3, 3}), 1, 1, 1));
  EXPECT_FALSE(is_faster(at::zeros({40, 16, 3, 3}), 1, 1, 1));
  EXPECT_FALSE(is_faster(at::zeros({64, 16, 3, 3}, at::kBFloat16), 1, 1, 1));
}

using Shape = std::tuple<std::array<std::int64_t, 5>, std::int64_t>;  // images, in, out, rows, columns; padding

class WinogradShapes : public Winograd, public testing::WithParamInterface<Shape> {};

TEST_P(WinogradShapes, EqualTheDirectSum) {
  const auto& [sizes, padding] = GetParam();
  const auto [images, in, out, rows, columns] = sizes;
  const auto x = at::randn({images, in, rows, columns}).contiguous(nhwc);
  const auto weight = random_weight(out, in);
  const auto bias = at::randn({out});
  const auto sum = at::conv2d(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), 1, padding);
  const auto residual = at::randn(sum.sizes()).contiguous(nhwc);
  const Filter filter(weight, 1, padding);
  constexpr double limit = 2e-6;
  EXPECT_LT(error(filter(x, bias, Activation::none, {}), sum), limit);
  EXPECT_LT(error(filter(x, {}, Activation::none, {}), sum - bias.view({-1, 1, 1})), limit);
  EXPECT_LT(error(filter(x, bias, Activation::silu, {}), sum / (1.0 + (-sum).exp())), limit);
  const auto accumulator = residual.clone();
  const auto made = filter(x, bias, Activation::relu, accumulator);
  EXPECT_TRUE(made.is_same(accumulator));
  EXPECT_LT(error(made, at::relu(sum + residual)), limit);
}

INSTANTIATE_TEST_SUITE_P(Shapes, WinogradShapes,
                         testing::Values(Shape{{1, 16, 16, 4, 4}, 1}, Shape{{2, 32, 48, 9, 7}, 1},
                                         Shape{{3, 64, 80, 14, 15}, 0}, Shape{{1, 48, 144, 5, 21}, 2},
                                         Shape{{1, 16, 32, 3, 3}, 0}, Shape{{9, 128, 64, 11, 11}, 1}));

TEST_F(Winograd, GoesDownInStepsOfTwo) {
  for (const auto& [rows, columns] : {std::pair{16, 8}, std::pair{9, 7}, std::pair{13, 22}, std::pair{1, 2}}) {
    const auto x = at::randn({3, 32, rows, columns}).contiguous(nhwc);
    const auto weight = random_weight(80, 32);
    const auto bias = at::randn({80});
    const auto sum = at::conv2d(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), 2, 1);
    const auto residual = at::randn(sum.sizes()).contiguous(nhwc);
    const auto made = Filter(weight, 2, 1)(x, bias, Activation::relu, residual.clone());
    EXPECT_LT(error(made, at::relu(sum + residual)), 1e-6) << rows << " x " << columns;
  }
}

TEST_F(Winograd, GoesUpInStepsOfTwo) {
  for (const auto& [rows, columns] : {std::pair{16, 8}, std::pair{9, 7}, std::pair{13, 22}, std::pair{1, 2}}) {
    const auto weight = random_weight(80, 32);  // of the convolution down
    const auto upper = at::randn({3, 80, (rows + 1) / 2, (columns + 1) / 2}).contiguous(nhwc);
    const auto expected =
        at::conv_transpose2d(upper.to(at::kDouble), weight.to(at::kDouble), {}, {2, 2}, {1, 1},
                             {static_cast<std::int64_t>(rows % 2 == 0), static_cast<std::int64_t>(columns % 2 == 0)});
    const auto made = Filter(weight.transpose(0, 1).flip({2, 3}).contiguous(), 2, 1).up(upper, rows, columns);
    EXPECT_LT(error(made, expected), 1e-6) << rows << " x " << columns;
  }
}

TEST_F(Winograd, BitsDoNotDependOnTheBatch) {
  const auto x = at::randn({5, 32, 13, 13}).contiguous(nhwc);
  for (const std::int64_t stride : {1, 2}) {
    const Filter filter(random_weight(96, 32), stride, 1);
    const auto together = filter(x, {}, Activation::none, {});
    for (std::int64_t k = 0; k < 5; ++k) {
      EXPECT_TRUE(filter(x.narrow(0, k, 1), {}, Activation::none, {}).equal(together.narrow(0, k, 1))) << k;
    }
  }
}

/// Whether each result is, to the last bit, equal to its neighbour wherever their windows are.
void expect_equal_results_of_equal_windows(const at::Tensor& x, const at::Tensor& y, std::int64_t padding) {
  const auto padded = at::constant_pad_nd(x, {padding, padding, padding, padding});
  int compared = 0;
  for (const std::int64_t axis : {2, 3}) {
    for (std::int64_t row = 0; row + (axis == 2) < y.size(2); ++row) {
      for (std::int64_t column = 0; column + (axis == 3) < y.size(3); ++column) {
        const auto window = padded.narrow(2, row, 3).narrow(3, column, 3);
        const auto next = padded.narrow(2, row + (axis == 2), 3).narrow(3, column + (axis == 3), 3);
        if (window.equal(next)) {
          ++compared;
          EXPECT_TRUE(
              y.select(2, row).select(2, column).equal(y.select(2, row + (axis == 2)).select(2, column + (axis == 3))))
              << row << " " << column << " along " << axis;
        }
      }
    }
  }
  EXPECT_GT(compared, 50);
}

TEST_F(Winograd, EqualWindowsGiveEqualResults) {
  auto x = at::rand({1, 16, 19, 18}).contiguous(nhwc);
  x.narrow(2, 2, 13).narrow(3, 3, 9).copy_(at::randn({16}).view({1, 16, 1, 1}));  // an even part across tiles
  for (const std::int64_t padding : {0, 1, 2}) {
    const Filter filter(random_weight(32, 16), 1, padding);
    expect_equal_results_of_equal_windows(x, filter(x, {}, Activation::none, {}), padding);
  }
}

TEST_F(Winograd, AnEvenPictureStaysEvenLayerAfterLayer) {
  auto x = at::full({1, 16, 22, 27}, 0.3).contiguous(nhwc);
  for (int layer = 0; layer < 3; ++layer) {
    const Filter filter(random_weight(16, 16), 1, 1);
    auto y = filter(x, at::randn({16}), Activation::relu, {});
    expect_equal_results_of_equal_windows(x, y, 1);
    x = y;
  }
}

TEST_F(Winograd, WindowsOfZerosGiveTheBias) {
  auto x = at::zeros({1, 16, 12, 12}).contiguous(nhwc);
  x.narrow(2, 0, 3).copy_(at::randn({1, 16, 3, 12}));
  const auto bias = at::randn({16});
  const auto y = Filter(random_weight(16, 16), 1, 1)(x, bias, Activation::none, {});
  EXPECT_TRUE(y.narrow(2, 4, 8).equal(bias.view({1, 16, 1, 1}).expand({1, 16, 8, 12})));
}

TEST_F(Winograd, NotANumberIsNotHidden) {
  auto x = at::randn({1, 16, 8, 8}).contiguous(nhwc);
  x.select(2, 5).select(2, 5).select(1, 3).fill_(std::numeric_limits<float>::quiet_NaN());
  const auto y = Filter(random_weight(16, 16), 1, 1)(x, {}, Activation::relu, {});
  EXPECT_TRUE(y.narrow(2, 4, 3).narrow(3, 4, 3).isnan().all().item().toBool());
  EXPECT_FALSE(y.narrow(2, 0, 4).narrow(3, 0, 4).isnan().any().item().toBool());
}

TEST(PlainWindows, AreFoundAndGroupedByEquality) {
  std::array<std::array<float, lanes>, static_cast<std::size_t>(points)> values;
  Pixels pixels;
  for (std::size_t k = 0; k < pixels.size(); ++k) {
    values[k].fill(static_cast<float>(k));
    pixels[k] = values[k].data();
  }
  EXPECT_FALSE(may_have_plain_windows(pixels, lanes));
  for (const auto first : plain_windows(pixels, lanes)) {
    EXPECT_EQ(first, not_plain);
  }
  for (std::size_t row = 0; row < 4; ++row) {  // the upper left 4 x 4 pixels are even: four equal windows
    for (std::size_t column = 0; column < 4; ++column) {
      values[row * 6 + column].fill(7.0F);
    }
  }
  EXPECT_TRUE(may_have_plain_windows(pixels, lanes));
  const auto first = plain_windows(pixels, lanes);
  for (int k = 0; k < results; ++k) {
    const bool even = k / output_side < 2 && k % output_side < 2;
    EXPECT_EQ(first[static_cast<std::size_t>(k)], even ? 0 : not_plain) << k;
  }
}

TEST(PlainWindows, NeverEscapeTheFewComparisons) {
  std::array<std::array<float, lanes>, static_cast<std::size_t>(points)> values;
  Pixels pixels;
  for (int place = 0; place < results; ++place) {
    for (const bool rows_alike : {true, false}) {
      for (std::size_t k = 0; k < pixels.size(); ++k) {
        values[k].fill(static_cast<float>(k));
        pixels[k] = values[k].data();
      }
      for (int tap = 0; tap < 9; ++tap) {
        const auto pixel =
            static_cast<std::size_t>((place / output_side + tap / 3) * input_side + place % output_side + tap % 3);
        values[pixel].fill(static_cast<float>(100 + (rows_alike ? tap % 3 : tap / 3)));
      }
      EXPECT_EQ(plain_windows(pixels, lanes)[static_cast<std::size_t>(place)], place);
      EXPECT_TRUE(may_have_plain_windows(pixels, lanes)) << place << " " << rows_alike;
    }
  }
}

}  // namespace
}  // namespace sightline::models::winograd

// Gradients through prepacked weights against ATen's.

#include "models/layers/input_gradient.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <gtest/gtest.h>

namespace sightline::models {
namespace {

struct Shape {
  std::int64_t in, out, kernel, size;
  ConvGeometry geometry;
};

TEST(InputGradient, EqualsAtens) {
  const std::vector<Shape> shapes = {
      {8, 16, 3, 10, {1, 1, 1}},   // plain
      {8, 16, 1, 10, {1, 0, 1}},   // pointwise
      {8, 16, 3, 10, {1, 0, 1}},   // no padding
      {8, 8, 5, 10, {1, 2, 8}},    // depthwise
      {8, 16, 3, 10, {1, 1, 2}},   // groups
      {3, 16, 4, 12, {4, 0, 1}},   // patches
      {3, 16, 4, 13, {4, 0, 1}},   // patches that leave a rim
      {8, 16, 3, 11, {2, 1, 1}},   // stride
      {16, 32, 3, 11, {2, 1, 1}},  // in channels that Winograd takes
      {16, 32, 3, 12, {2, 1, 1}},  // of an even size
      {3, 16, 7, 20, {2, 3, 1}},   // a picture's few channels: ResNet's stem
      {3, 16, 7, 21, {2, 3, 1}},   // of an odd size
      {3, 16, 3, 15, {2, 0, 1}},   // EfficientNet's stem, padded before
      {3, 16, 3, 16, {2, 1, 1}},   // ResNet-D's
      {3, 8, 11, 30, {4, 2, 1}},   // AlexNet's, with rows that no window reaches
      {1, 8, 5, 14, {3, 2, 1}},    // a stride that does not divide the kernel
      {8, 16, 1, 10, {1, 1, 1}},   // padding beyond the kernel
  };
  for (const auto& shape : shapes) {
    const auto weight = at::randn({shape.out, shape.in / shape.geometry.groups, shape.kernel, shape.kernel});
    const at::Tensor bias;
    const ConvolutionStep step{weight, bias, shape.geometry};
    InputGradient gradient;
    for (const std::int64_t images : {2, 3, 2}) {
      const auto x = at::randn({images, shape.in, shape.size, shape.size});
      const auto upper = at::randn_like(step(x));
      const auto wanted = step.gradient(upper, x, weight);
      EXPECT_TRUE(at::allclose(gradient(step, upper, x), wanted, 1e-4, 1e-4)) << shape.kernel << ' ' << shape.size;
    }
  }
}

}  // namespace
}  // namespace sightline::models

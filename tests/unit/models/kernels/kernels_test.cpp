#include "models/kernels/kernels.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

namespace sightline::models {
namespace {

TEST(Kernels, ChannelNormsAreThe2Norms) {
  const auto x = at::randn({3, 9, 7, 40});
  const auto norms = [](const at::Tensor& of) { return at::linalg_vector_norm(of, 2, at::IntArrayRef({1, 2}), true); };
  EXPECT_TRUE(kernels::channel_norms(x).allclose(norms(x), 1e-6, 0.0));
  const auto coarse = x.to(at::kBFloat16);
  EXPECT_EQ(kernels::channel_norms(coarse).scalar_type(), at::kBFloat16);
  EXPECT_TRUE(kernels::channel_norms(coarse).to(at::kFloat).allclose(norms(coarse.to(at::kFloat)), 4e-3, 0.0));
  const auto strided = x.permute({0, 2, 1, 3});
  EXPECT_TRUE(kernels::channel_norms(strided).allclose(norms(strided), 1e-6, 0.0));
}

}  // namespace
}  // namespace sightline::models

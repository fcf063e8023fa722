// Runs the tests, each with the same random numbers every time, where LibTorch seeds its generator anew in every
// process. Others by --gtest_random_seed=N.

#include <cstdint>

#include <ATen/Context.h>
#include <gtest/gtest.h>

namespace {

class SameRandomNumbers : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo& /*info*/) override {
    at::manual_seed(static_cast<std::uint64_t>(GTEST_FLAG_GET(random_seed)));
  }
};

}  // namespace

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  testing::UnitTest::GetInstance()->listeners().Append(new SameRandomNumbers);  // which takes it over
  return RUN_ALL_TESTS();
}

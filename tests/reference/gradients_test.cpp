// Every number of every parameter's gradient against PyTorch's autograd through timm. Run by gradients_test.py, which
// lets PyTorch write them.

#include <cstdlib>
#include <filesystem>

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "gradient_case.hpp"
#include "models/weights/safetensors.hpp"

namespace sightline::tests {
namespace {

TEST(WholeGradients, AreAutogradsThroughTimm) {
  const char* folder = std::getenv("SIGHTLINE_GRADIENTS");
  if (folder == nullptr) {
    GTEST_SKIP() << "run by gradients_test.py";
  }
  int cases = 0;
  for (const auto& item : std::filesystem::directory_iterator(folder)) {
    const models::SafetensorsFile file(item.path());
    const auto& facts = file.metadata();
    const auto number = [&](const char* key) { return static_cast<int>(*base::parse_integer(facts.at(key))); };
    const auto made = gradient_case(facts.at("model"), number("size"), number("images"), at::kDouble);
    double largest = 0.0;
    for (const auto& name : file.names()) {
      largest = std::max(largest, file.tensor(name).norm().item<double>());
    }
    double worst = 0.0;
    std::string where;
    for (const auto& name : file.names()) {
      const auto expected = file.tensor(name);
      const auto off = (made.tensors.at(name) - expected).norm().item<double>();
      const auto relative = off / (expected.norm().item<double>() + 1e-4 * largest);
      if (relative > worst) {
        worst = relative;
        where = name;
      }
    }
    std::printf("%-45s %d images: %zu tensors, worst %.1e (%s)\n", made.model.c_str(), number("images"),
                file.names().size(), worst, where.c_str());
    EXPECT_LT(worst, 1e-5) << made.model << " " << where;
    ++cases;
  }
  EXPECT_EQ(cases, 14);
}

}  // namespace
}  // namespace sightline::tests

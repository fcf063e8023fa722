// Seconds per image of a model's bare forward pass and of Grad-CAM, for tests/benchmarks/zoo.py:
//   zoo_benchmark MODEL SIZE BATCH REPEATS fp32|bf16  ->  {"forward": s, "gradcam": s}
// The two are timed in turn, so that the machine's drift hits both; medians are printed.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <ATen/ops/cat.h>

#include "attribution/method.hpp"
#include "attribution/methods/registry.hpp"
#include "formula_image.hpp"
#include "models/model_parameters.hpp"
#include "models/runtime.hpp"
#include "models/zoo/registry.hpp"

namespace {

using namespace sightline;

template <typename Work>
double seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: zoo_benchmark MODEL SIZE BATCH REPEATS fp32|bf16\n");
    return 2;
  }
  models::start_runtime("cpu", 0, 1);
  const auto& spec = models::find_model(argv[1]);
  const int size = std::atoi(argv[2]);
  const int batch = std::atoi(argv[3]);
  const auto source = models::open_parameters("synthetic:1", spec);
  const auto precision = std::string_view(argv[5]) == "bf16" ? at::kBFloat16 : at::kFloat;
  models::Model model(spec, *source, {at::kCPU, precision});
  const auto method = attribution::find_method("gradcam").make({}, model);
  std::vector<at::Tensor> images;
  for (int k = 0; k < batch; ++k) {
    images.push_back(tests::formula_input(k, size, spec));
  }
  const attribution::Batch inputs{at::cat(images).contiguous(at::MemoryFormat::ChannelsLast),
                                  std::vector<std::int64_t>(batch, -1)};
  std::vector<double> forward;
  std::vector<double> gradcam;
  for (int i = -1; i < std::atoi(argv[4]); ++i) {
    const double bare = seconds([&] { model.forward(inputs.inputs); });
    const double explained = seconds([&] { attribution::explain_alone(*method, model, inputs); });
    if (i >= 0) {  // the first round packs weights
      forward.push_back(bare / batch);
      gradcam.push_back(explained / batch);
    }
  }
  std::printf("{\"forward\": %.6g, \"gradcam\": %.6g}\n", median(forward), median(gradcam));
  return 0;
}

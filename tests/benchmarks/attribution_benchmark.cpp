// Seconds of a method on a batch of formula images, for tests/benchmarks/attribution.py:
//   attribution_benchmark MODEL METHOD IMAGES REPEATS fp32|mixed [METHOD.NAME=VALUE ...]
//     ->  {"seconds": s, "forward": s, "error": e}
// REPEATS runs after one that packs weights; the median. `forward`: of a pass over one image of eight. `error`, with
// mixed: the relative L2 distance of the maps from those in fp32, the median over the images.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <ATen/TensorOperators.h>
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

/// Relative L2 distance of maps, the median over the images; unused columns of superpixel maps are NaN in both.
double relative_error(const at::Tensor& made, const at::Tensor& exact) {
  const auto flat = exact.nan_to_num().flatten(1);
  const auto ratio = (made.nan_to_num().flatten(1) - flat).norm(2, 1) / flat.norm(2, 1);
  return ratio.median().item().toDouble();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr,
                 "usage: attribution_benchmark MODEL METHOD IMAGES REPEATS fp32|mixed [METHOD.NAME=VALUE ...]\n");
    return 2;
  }
  models::start_runtime("cpu", 0, 1);
  const auto& spec = models::find_model(argv[1]);
  const auto source = models::open_parameters("synthetic:1", spec);
  const bool mixed = std::string_view(argv[5]) == "mixed";
  models::Model model(spec, *source);
  std::optional<models::Model> coarse;
  if (mixed) {
    coarse.emplace(spec, *source, models::Placement{at::kCPU, at::kBFloat16});
  }
  job::JobConfig job;
  for (int i = 6; i < argc; ++i) {
    const std::string word = argv[i];
    job.parameters[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  }
  const auto method = attribution::find_method(argv[2]).make(job, model);
  const int count = std::atoi(argv[3]);
  std::vector<at::Tensor> images;
  images.reserve(static_cast<std::size_t>(count));
  for (int k = 0; k < count; ++k) {
    images.push_back(tests::formula_input(k, 224, spec));
  }
  const attribution::Batch batch{at::cat(images).contiguous(at::MemoryFormat::ChannelsLast),
                                 std::vector<std::int64_t>(static_cast<std::size_t>(count), -1)};
  const auto explain = [&](models::Model* masked_model) {
    attribution::BatchRequest request{job.explain.target, method->layers(), method->watched(), job.seed};
    request.masked_model = masked_model;
    attribution::Subject subject(model, batch, request);
    return method->explain(subject).values;
  };
  std::vector<double> taken;
  std::vector<double> forward;
  for (int i = -1; i < std::atoi(argv[4]); ++i) {
    const double own = seconds([&] { explain(mixed ? &*coarse : nullptr); });
    const auto pass = at::cat(std::vector<at::Tensor>(8, images.front())).contiguous(at::MemoryFormat::ChannelsLast);
    const double eight = seconds([&] { model.forward(pass); });
    if (i >= 0) {
      taken.push_back(own);
      forward.push_back(eight / 8.0);
    }
  }
  const double error = mixed ? relative_error(explain(&*coarse), explain(nullptr)) : 0.0;
  std::printf("{\"seconds\": %.6g, \"forward\": %.6g, \"error\": %.4g}\n", median(taken), median(forward), error);
  return 0;
}

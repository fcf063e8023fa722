// Cosine and RBF similarity of every pair of models: for grids in native space, for pixel maps by one product per
// image. Maps come from a file of float32, models x images x side x side; prints seconds per image, the mean cosine of
// every pair, and the machine's memory bandwidth.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "comparison/pair_comparison.hpp"
#include "models/runtime.hpp"

namespace {

using namespace sightline;

constexpr std::int64_t size = 224;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Bytes a second of a = b + s c over arrays far larger than the caches (STREAM's triad).
double triad_bandwidth() {
  constexpr std::size_t count = 1 << 25;
  std::vector<float> a(count, 1.0F);
  std::vector<float> b(count, 2.0F);
  std::vector<float> c(count, 3.0F);
  double best = 1e30;
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < count; ++i) {
      a[i] = b[i] + 0.5F * c[i];
    }
    best = std::min(best, seconds_since(start));
  }
  return static_cast<double>(3 * sizeof(float) * count) / best + 0.0 * static_cast<double>(a[count / 2]);
}

/// All models' maps of one image, as `compare` reads them.
comparison::ImageMaps image_maps(std::vector<std::vector<float>> raw, std::int64_t side, double clip,
                                 comparison::Upsampling& upsampling) {
  if (side == size) {
    std::vector<std::optional<comparison::PixelMap>> maps;
    for (auto& map : raw) {
      maps.emplace_back(comparison::read_pixels(std::move(map), clip, false));
    }
    return comparison::maps_as_pixels(maps, false);
  }
  std::vector<std::optional<comparison::UpsampledMap>> maps;
  for (const auto& map : raw) {
    maps.emplace_back(upsampling.rescaled(comparison::native_gradcam(map, side, side)));
  }
  return comparison::maps_on_grids(maps, upsampling, false);
}

/// By image, by model.
std::vector<std::vector<std::vector<float>>> read_maps(const char* file, std::size_t models, std::size_t images,
                                                       std::size_t cells) {
  const auto bytes = base::read_text(file);
  std::vector<float> values(models * images * cells);
  std::memcpy(values.data(), bytes.data(), std::min(bytes.size(), values.size() * sizeof(float)));
  std::vector<std::vector<std::vector<float>>> maps(images);
  for (std::size_t image = 0; image < images; ++image) {
    for (std::size_t model = 0; model < models; ++model) {
      const auto* first = values.data() + (model * images + image) * cells;
      maps[image].emplace_back(first, first + cells);
    }
  }
  return maps;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: similarity_benchmark FILE MODELS IMAGES SIDE CLIP\n");
    return 2;
  }
  models::start_runtime("cpu", 0, 1);  // the program's allocator
  const auto models = static_cast<std::size_t>(std::atoi(argv[2]));
  const auto images = static_cast<std::size_t>(std::atoi(argv[3]));
  const auto side = static_cast<std::size_t>(std::atoi(argv[4]));
  const double clip = std::atof(argv[5]);
  auto raw = read_maps(argv[1], models, images, side * side);
  comparison::Upsampling upsampling(size);
  comparison::PairComparison pairs(models, comparison::make_metrics({"cosine", "rbf"}, {}), false);
  const auto start = std::chrono::steady_clock::now();
  for (auto& image : raw) {
    auto maps = image_maps(std::move(image), static_cast<std::int64_t>(side), clip, upsampling);
    maps.predictions.assign(models, 0);
    pairs.add(maps);
  }
  const double seconds = seconds_since(start) / static_cast<double>(images);
  std::string means;
  for (std::size_t pair = 0; pair < comparison::pair_count(models); ++pair) {
    means += fmt::format("{}{:.9g}", pair == 0 ? "" : ", ", pairs.all(0).moments(pair).mean);
  }
  const double read = static_cast<double>(models * side * side * sizeof(float)) / seconds;
  std::printf("{\"seconds\": %.6g, \"bytes_per_second\": %.6g, \"triad\": %.6g, \"cosine\": [%s]}\n", seconds, read,
              triad_bandwidth(), means.c_str());
  return 0;
}

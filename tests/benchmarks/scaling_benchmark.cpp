// What the store costs over plain writes: the same bytes, records of 224 x 224 floats in random order, by
// store::Explanations on one rank and by pwrite to a plain file, in turn, each synced to the disk at its end.
//   scaling_benchmark FOLDER RECORDS ROUNDS  ->  {"store": [[s, s], ...], "plain": [[s, s], ...]}: written, and synced

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <numeric>
#include <unistd.h>

#include <fmt/ranges.h>

#include "base/hash.hpp"
#include "base/shuffle.hpp"
#include "comm/communicator.hpp"
#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace {

using namespace sightline;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Seconds until the last write has returned, and until the disk has all.
using Seconds = std::array<double, 2>;

constexpr std::uint64_t side = 224;

std::vector<std::uint64_t> random_order(std::uint64_t records) {
  std::vector<std::uint64_t> order(records);
  std::iota(order.begin(), order.end(), 0);
  base::shuffle(order, base::NumberStream("order", 1));
  return order;
}

store::StorePlan plan_of(std::uint64_t records) {
  store::StorePlan plan{"benchmark", "benchmark", "none", {}, {}, {}, {}};
  for (std::uint64_t i = 0; i < records; ++i) {
    plan.image_paths.push_back(std::to_string(i));
    plan.image_labels.push_back(-1);
  }
  store::ModelPlan model;
  model.name = "model";
  model.attributes = {{store::schema::timm_id, "model"}};
  model.input_size = side;
  model.mean = model.std = {0.5, 0.5, 0.5};
  model.classes = 1;
  model.methods = {{"saliency", "pixels", {}, {side, side}}};
  plan.models = {model};
  return plan;
}

Seconds by_store(const std::filesystem::path& file, const std::vector<std::uint64_t>& order,
                 const std::vector<float>& map) {
  std::filesystem::remove(file);
  store::prepare_store(file, plan_of(order.size()));
  const auto start = Clock::now();
  auto store = store::Explanations::open_parallel(file, comm::Communicator());
  for (const auto image : order) {
    store.write("model", "saliency", image, {map, 0});
  }
  const auto written = seconds_since(start);
  store.flush();
  const auto synced = seconds_since(start);
  std::filesystem::remove(file);
  return {written, synced};
}

Seconds by_plain_writes(const std::filesystem::path& file, const std::vector<std::uint64_t>& order,
                        const std::vector<float>& map) {
  std::filesystem::remove(file);
  const auto bytes = map.size() * sizeof(float);
  const auto start = Clock::now();
  const int descriptor = ::open(file.c_str(), O_CREAT | O_WRONLY, 0644);
  for (const auto image : order) {
    if (::pwrite(descriptor, map.data(), bytes, static_cast<off_t>(image * bytes)) != static_cast<ssize_t>(bytes)) {
      std::abort();
    }
  }
  const auto written = seconds_since(start);
  if (::fsync(descriptor) != 0 || ::close(descriptor) != 0) {
    std::abort();
  }
  const auto synced = seconds_since(start);
  std::filesystem::remove(file);
  return {written, synced};
}

}  // namespace

int main(int argc, char** argv) {
  const comm::Environment environment(&argc, &argv);
  if (argc != 4) {
    std::fprintf(stderr, "usage: scaling_benchmark FOLDER RECORDS ROUNDS\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const auto order = random_order(std::strtoull(argv[2], nullptr, 10));
  const std::vector<float> map(side * side, 0.5F);
  std::vector<Seconds> store;
  std::vector<Seconds> plain;
  for (int round = 0; round < std::atoi(argv[3]); ++round) {
    store.push_back(by_store(folder / "store.h5", order, map));
    plain.push_back(by_plain_writes(folder / "plain.bin", order, map));
  }
  std::printf("{\"store\": [%s], \"plain\": [%s]}\n", fmt::format("{}", fmt::join(store, ", ")).c_str(),
              fmt::format("{}", fmt::join(plain, ", ")).c_str());
  return 0;
}

#include "stages/explain/batch_size.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

#include <ATen/ops/arange.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "models/kernels/on_host.hpp"
#include "models/runtime.hpp"
#include "stages/explain/loaded_model.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {
namespace {

constexpr double gain_threshold = 0.97;  ///< a larger batch is better if it takes less than this share of the time

/// Seconds of one forward pass over `count` grey images, and of the backward pass if the model is to be explained.
double pass_seconds(LoadedModel& loaded, std::int64_t count) {
  auto subject = grey_subject(loaded, count);
  const base::Stopwatch stopwatch;
  subject.logits();
  if (!loaded.methods.empty()) {
    const auto owners = at::arange(count, at::TensorOptions().dtype(at::kLong).device(loaded.model->device()));
    subject.gradient(subject.inputs(), owners).scores.cpu();  // waits for the device
  }
  return stopwatch.seconds();
}

/// Seconds per image in batches of 1, 2, 4, ... `max_batch`. Ends early when two doublings in a row bring no gain, or
/// when memory runs out; in the latter case max_batch becomes the largest batch that fits.
std::vector<double> seconds_by_doubling(LoadedModel& loaded, std::size_t& max_batch) {
  std::vector<double> seconds;
  auto best = std::numeric_limits<double>::infinity();
  int doublings_without_gain = 0;
  for (std::size_t count = 1; count <= max_batch && doublings_without_gain < 2; count *= 2) {
    try {
      const auto images = static_cast<std::int64_t>(count);
      pass_seconds(loaded, images);  // warm-up: the first pass allocates memory
      const auto pass = std::min(pass_seconds(loaded, images), pass_seconds(loaded, images));
      seconds.push_back(pass / static_cast<double>(count));
    } catch (const c10::Error& error) {
      if (!models::is_out_of_memory(error) || count == 1) {
        throw;
      }
      max_batch = count / 2;
      break;
    }
    doublings_without_gain = seconds.back() < gain_threshold * best ? 0 : doublings_without_gain + 1;
    best = std::min(best, seconds.back());
  }
  return seconds;
}

/// The smallest batch size whose time, summed over the models, is within the threshold of the fastest. `by_model`: the
/// results of seconds_by_doubling; a model whose timing ended early counts with its last time for all larger batches.
std::size_t fastest(const std::vector<std::vector<double>>& by_model, std::size_t max_batch) {
  std::size_t sizes = 0;
  for (const auto& seconds : by_model) {
    sizes = std::max(sizes, seconds.size());
  }
  sizes = std::min(sizes, static_cast<std::size_t>(std::bit_width(max_batch)));
  std::vector<double> totals(sizes, 0.0);
  for (const auto& seconds : by_model) {
    for (std::size_t size = 0; size < sizes; ++size) {
      totals[size] += seconds[std::min(size, seconds.size() - 1)];
    }
  }
  const auto least = *std::min_element(totals.begin(), totals.end());
  const auto good =
      std::find_if(totals.begin(), totals.end(), [&](double total) { return gain_threshold * total <= least; });
  return std::size_t{1} << static_cast<std::size_t>(good - totals.begin());
}

/// Measures the fastest batch size with one model after the other.
std::size_t search(const ResolvedJob& job, c10::Device device, std::size_t images) {
  std::vector<std::vector<double>> by_model;
  auto max_batch = std::max<std::size_t>(1, images);
  for (std::size_t model = 0; model < job.models.size(); ++model) {
    LoadedModel loaded(job, model, device);
    by_model.push_back(seconds_by_doubling(loaded, max_batch));
  }
  const auto found = fastest(by_model, max_batch);
  base::log_info(fmt::format("batch: {} images in one pass are fastest here", found));
  return found;
}

/// The batch size of the job that created or last extended the store; 0 when there is no store, or it does not record
/// one.
std::size_t stored_batch_size(const std::filesystem::path& file) {
  return std::filesystem::exists(file) ? static_cast<std::size_t>(store::Explanations::open_to_read(file).batch()) : 0;
}

}  // namespace

std::size_t choose_batch_size(const comm::Communicator& ranks, const ResolvedJob& job, c10::Device device,
                              std::size_t images, const std::filesystem::path& file) {
  if (!job.config.compute.batch) {
    return models::on_host(device) ? 8 : 64;
  }
  if (*job.config.compute.batch > 0) {
    return static_cast<std::size_t>(*job.config.compute.batch);
  }
  std::uint64_t batch = 0;
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      const auto stored = stored_batch_size(file);
      batch = stored > 0 ? stored : search(job, device, images);
    }
  });
  return ranks.broadcast(batch);
}

}  // namespace sightline::stages

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
#include "stages/explain/loaded_model.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {
namespace {

constexpr double gain_threshold = 0.97;  ///< a larger batch has to take less than this share of the time

/// Seconds of one pass over `count` grey pictures, forward and, for methods, back.
double pass_seconds(LoadedModel& loaded, std::int64_t count, bool gradients) {
  auto subject = grey_subject(loaded, count);
  const base::Stopwatch stopwatch;
  subject.logits();
  if (gradients) {
    const auto owners = at::arange(count, at::TensorOptions().dtype(at::kLong).device(loaded.model->device()));
    subject.gradient(subject.inputs(), owners).scores.cpu();  // waits for the device
  }
  return stopwatch.seconds();
}

/// Seconds an image in batches of 1, 2, 4, ... `most`; ends when two doublings in a row gained nothing, or where memory
/// does: then that is the most from now on.
std::vector<double> seconds_by_doubling(LoadedModel& loaded, std::size_t& most, bool gradients) {
  std::vector<double> seconds;
  auto best = std::numeric_limits<double>::infinity();
  int doublings_without_gain = 0;
  for (std::size_t count = 1; count <= most && doublings_without_gain < 2; count *= 2) {
    try {
      const auto pictures = static_cast<std::int64_t>(count);
      pass_seconds(loaded, pictures, gradients);  // the first one sets things up
      const auto pass = std::min(pass_seconds(loaded, pictures, gradients), pass_seconds(loaded, pictures, gradients));
      seconds.push_back(pass / static_cast<double>(count));
    } catch (const c10::Error& error) {
      if (!models::is_out_of_memory(error) || count == 1) {
        throw;
      }
      most = count / 2;
      break;
    }
    doublings_without_gain = seconds.back() < gain_threshold * best ? 0 : doublings_without_gain + 1;
    best = std::min(best, seconds.back());
  }
  return seconds;
}

/// The batch that is fastest over all models together. A model whose timing ended early, since nothing was gained,
/// counts with its last time for all larger batches.
std::size_t fastest(const std::vector<std::vector<double>>& by_model, std::size_t most) {
  std::size_t sizes = 0;
  for (const auto& seconds : by_model) {
    sizes = std::max(sizes, seconds.size());
  }
  sizes = std::min(sizes, static_cast<std::size_t>(std::bit_width(most)));
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

std::size_t search(const ResolvedJob& job, const models::DeviceChoice& device, std::size_t images) {
  std::vector<std::vector<double>> by_model;
  auto most = std::max<std::size_t>(1, images);
  for (std::size_t model = 0; model < job.models.size(); ++model) {
    LoadedModel loaded(job, model, device);
    by_model.push_back(seconds_by_doubling(loaded, most, !job.methods.empty()));
  }
  const auto found = fastest(by_model, most);
  base::log_info(fmt::format("batch: {} images in one pass are fastest here", found));
  return found;
}

/// The batch that the store was begun with; 0 = there is no store, or it does not say.
std::size_t stored_batch(const std::filesystem::path& file) {
  return std::filesystem::exists(file) ? static_cast<std::size_t>(store::Explanations::open_to_read(file).batch()) : 0;
}

}  // namespace

std::size_t choose_batch(const comm::Communicator& ranks, const ResolvedJob& job, const models::DeviceChoice& device,
                         std::size_t images, const std::filesystem::path& file) {
  if (!job.config.compute.batch) {
    return device.cuda ? 64 : 8;
  }
  if (*job.config.compute.batch > 0) {
    return static_cast<std::size_t>(*job.config.compute.batch);
  }
  std::uint64_t batch = 0;
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      const auto stored = stored_batch(file);
      batch = stored > 0 ? stored : search(job, device, images);
    }
  });
  return ranks.broadcast(batch);
}

}  // namespace sightline::stages

#include "stages/explain/explain_job.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "comm/processors.hpp"
#include "stages/explain/batch_size.hpp"
#include "stages/explain/worker.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

const char* device_name(job::Device device) {
  return device == job::Device::cpu ? "cpu" : device == job::Device::cuda ? "cuda" : "auto";
}

/// collective. Warns for each host whose ranks want more threads than it gives them cores.
void warn_of_oversubscription(const comm::Communicator& ranks, const job::JobConfig& config) {
  for (const auto& sentence : comm::oversubscription_warnings(comm::gather_bindings(ranks), config.compute.threads)) {
    base::log_warning(sentence);
  }
}

/// The upper median; 0 without values.
double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0.0 : values[values.size() / 2];
}

}  // namespace

models::DeviceChoice start_device(const comm::Communicator& ranks, const job::JobConfig& config) {
  models::DeviceChoice device;
  ranks.all_or_throw([&] {
    device = models::start_runtime(device_name(config.compute.device), ranks.node_rank(),
                                   static_cast<int>(config.compute.threads));
  });
  return device;
}

JobOutcome explain_job(const comm::Communicator& ranks, const ResolvedJob& job, const models::DeviceChoice& device,
                       const images::ImageList& list, const fs::path& file, const std::string& stage) {
  Explainer explainer(job, device, choose_batch_size(ranks, job, device, list.entries.size(), file));
  const auto work = prepare_work(ranks, job, explainer, list, file);
  if (ranks.is_root()) {
    base::log_info(
        fmt::format("{}: {} images x {} models x {} methods on {} ranks ({}): {} of {} records to make in {} units",
                    stage, list.entries.size(), job.models.size(), job.methods.size(), ranks.size(), device.name(),
                    work.missing.count(), work.missing.flags().size(), work.units.size()));
  }
  warn_of_oversubscription(ranks, job.config);
  const auto mine = run_units(ranks, job, explainer, list, work, file, stage);
  JobOutcome outcome;
  outcome.stopped = ranks.any(mine.stopped);
  for (const auto& lines : ranks.gather(base::join(mine.bad_images, "\n"))) {
    outcome.bad_images += lines.empty() ? "" : lines + "\n";
  }
  outcome.devices = ranks.gather(device.name());
  const auto sums = ranks.reduce(
      std::vector<std::int64_t>{mine.written.records, static_cast<std::int64_t>(mine.written.model_seconds * 1e6)});
  outcome.request_seconds = ranks.reduce_max(median(mine.request_seconds));
  if (ranks.is_root()) {
    outcome.records = sums[0];
    outcome.model_seconds = static_cast<double>(sums[1]) * 1e-6;
  }
  return outcome;
}

}  // namespace sightline::stages

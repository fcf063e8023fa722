#include "stages/explain/explain_job.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "stages/explain/batch_size.hpp"
#include "stages/explain/worker.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// The upper median; 0 without values.
double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0.0 : values[values.size() / 2];
}

}  // namespace

JobOutcome explain_job(const comm::Communicator& ranks, const ResolvedJob& job, const models::DeviceChoice& device,
                       const images::ImageList& list, const fs::path& file, const std::string& stage) {
  Explainer explainer(job, device, choose_batch_size(ranks, job, device, list.entries.size(), file));
  const auto work = prepare_work(ranks, explainer, list, file);
  if (ranks.is_root()) {
    base::log_info(
        fmt::format("{}: {} images x {} models x {} methods on {} ranks ({}): {} of {} records to make in {} units",
                    stage, list.entries.size(), job.models.size(), job.methods.size(), ranks.size(), device.name(),
                    work.missing.count(), work.missing.flags().size(), work.units.size()));
  }
  const auto mine = run_units(ranks, explainer, list, work, file, stage);
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

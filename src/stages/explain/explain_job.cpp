#include "stages/explain/explain_job.hpp"

#include <algorithm>
#include <numeric>

#include "base/log.hpp"
#include "base/text.hpp"
#include "stages/explain/batch_size.hpp"
#include "stages/explain/kept_costs.hpp"
#include "stages/explain/verification.hpp"
#include "stages/explain/worker.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// The upper median; 0 without values.
double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0.0 : values[values.size() / 2];
}

/// Adds what a rank did with further units.
void add(RankOutcome& sum, const RankOutcome& more) {
  sum.records += more.records;
  sum.times.add(more.times);
  sum.request_seconds.insert(sum.request_seconds.end(), more.request_seconds.begin(), more.request_seconds.end());
  for (const auto& image : more.bad_images) {
    if (std::find(sum.bad_images.begin(), sum.bad_images.end(), image) == sum.bad_images.end()) {
      sum.bad_images.push_back(image);
    }
  }
  sum.stopped = more.stopped;
}

/// collective. Computes what is missing first, since that is what the time of a short job is for; then verifies what
/// was there before, and computes again what is corrupt. Returns what this rank did; `stopped` is that of all ranks.
RankOutcome explain_and_verify(const comm::Communicator& ranks, Explainer& explainer, const images::ImageList& list,
                               Work& work, const fs::path& file, const std::string& stage) {
  RankOutcome mine{{work.costs.size(), work.record_seconds.size() / work.costs.size()}};
  const auto run = [&] {
    if (!work.units.empty()) {
      add(mine, run_units(ranks, explainer, list, work, file, stage));
      mine.stopped = ranks.any(mine.stopped);
    }
  };
  run();
  if (mine.stopped) {
    return mine;
  }
  const auto& job = explainer.job();
  mine.stopped = find_corrupt(ranks, job, file, stage, work);
  if (mine.stopped) {
    return mine;
  }
  divide(work);
  run();
  if (!mine.stopped && job.config.explain.verify == job::Verify::recent) {
    note_verified(ranks, job, file, work);
  }
  return mine;
}

}  // namespace

JobOutcome explain_job(const comm::Communicator& ranks, const ResolvedJob& job, c10::Device device,
                       const images::ImageList& list, const fs::path& file, const std::string& stage) {
  Explainer explainer(job, device, choose_batch_size(ranks, job, device, list.entries.size(), file));
  auto work = prepare_work(ranks, explainer, list, file);
  if (ranks.is_root()) {
    base::log_info(
        fmt::format("{}: {} images x {} models x {} methods on {} ranks ({}): {} of {} records to make in {} units",
                    stage, list.entries.size(), job.models.size(), job.methods.size(), ranks.size(), device.str(),
                    work.missing.count(), work.missing.flags().size(), work.units.size()));
  }
  const auto mine = explain_and_verify(ranks, explainer, list, work, file, stage);
  JobOutcome outcome;
  outcome.stopped = mine.stopped;
  for (const auto& lines : ranks.gather(base::join(mine.bad_images, "\n"))) {
    outcome.bad_images += lines.empty() ? "" : lines + "\n";
  }
  outcome.devices = ranks.gather(device.str());
  const auto records = ranks.reduce(std::vector<std::int64_t>{mine.records});
  auto times = mine.times;
  times.images = ranks.reduce(mine.times.images);
  times.microseconds = ranks.reduce(mine.times.microseconds);
  outcome.request_seconds = ranks.reduce_max(median(mine.request_seconds));
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      outcome.records = records.front();
      outcome.model_seconds = 1e-6 * static_cast<double>(std::accumulate(times.microseconds.begin(),
                                                                         times.microseconds.end(), std::int64_t{0}));
      if (outcome.records > 0) {
        KeptCosts kept(file, job, device, explainer.batch());
        kept.add(times);
        kept.write();
      }
    }
  });
  return outcome;
}

}  // namespace sightline::stages

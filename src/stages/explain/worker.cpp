#include "stages/explain/worker.hpp"

#include <future>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "comm/signals.hpp"
#include "comm/work_counter.hpp"
#include "stages/run/progress.hpp"

namespace sightline::stages {
namespace {

/// Explains the units that this rank gets. While one unit is explained, the images of the next one are decoded.
class Worker {
 public:
  Worker(Explainer& explainer, const images::ImageList& list, const Work& work)
      : explainer_(explainer), list_(list), work_(work) {}

  void work(comm::WorkCounter& counter, store::Explanations& store, Progress& progress, RankOutcome& outcome) {
    auto next = fetch(counter, outcome);
    while (next && !comm::stop_requested()) {
      const auto unit = next->unit;
      const auto& models = work_.groups[unit.group];
      const auto chunk = next->chunk.get();
      note_bad_images(chunk, outcome);
      next = fetch(counter, outcome);
      const auto written = explainer_.explain({unit.first, unit.count}, models, chunk,
                                              {list_.entries, work_.rows, work_.missing, store});
      outcome.written.records += written.records;
      outcome.written.model_seconds += written.model_seconds;
      counter.finish_one();
      progress.update(counter.finished());
    }
    outcome.stopped = comm::stop_requested();
  }

 private:
  /// A unit whose images are being decoded.
  struct Prefetched {
    plan::WorkUnit unit;
    std::future<images::LoadedChunk> chunk;
  };

  /// Requests the next unit and starts decoding its images; nothing when there is none, or after a signal.
  std::optional<Prefetched> fetch(comm::WorkCounter& counter, RankOutcome& outcome) {
    const base::Stopwatch stopwatch;
    const auto number = comm::stop_requested() ? std::nullopt : counter.next();
    outcome.request_seconds.push_back(stopwatch.seconds());
    if (!number) {
      return std::nullopt;
    }
    const auto& unit = work_.units[static_cast<std::size_t>(*number)];
    return Prefetched{unit,
                      images::load_async(list_, unit.first, unit.count, explainer_.recipes(work_.groups[unit.group]))};
  }

  void note_bad_images(const images::LoadedChunk& chunk, RankOutcome& outcome) const {
    for (const auto& error : chunk.errors) {
      if (error.empty()) {
        continue;
      }
      if (explainer_.job().config.images.on_bad_image == job::BadImage::fail) {
        throw base::input_error("{} (--on-bad-image skip goes on without it)", error);
      }
      base::log_warning("image skipped: " + error);
      outcome.bad_images.push_back(error);
    }
  }

  Explainer& explainer_;
  const images::ImageList& list_;
  const Work& work_;
};

}  // namespace

RankOutcome run_units(const comm::Communicator& ranks, Explainer& explainer, const images::ImageList& list,
                      const Work& work, const std::filesystem::path& file, const std::string& stage) {
  Worker worker(explainer, list, work);
  const auto units = static_cast<std::int64_t>(work.units.size());
  RankOutcome outcome;
  std::optional<store::Explanations> store;
  ranks.all_or_throw([&] { store.emplace(store::Explanations::open_parallel(file, ranks)); });
  ranks.all_or_throw([&] {
    comm::WorkCounter counter(ranks, units);
    Progress progress(stage, "work units", units, ranks.is_root(), file.parent_path());
    worker.work(counter, *store, progress, outcome);
  });
  // A network file system often reports a failed write only now.
  ranks.all_or_throw([&] { store->flush(); });
  return outcome;
}

}  // namespace sightline::stages

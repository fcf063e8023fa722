#include "stages/explain/worker.hpp"

#include <future>
#include <optional>

#include "base/activity.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/stop.hpp"
#include "base/stopwatch.hpp"
#include "comm/work_counter.hpp"
#include "stages/run/progress.hpp"

namespace sightline::stages {
namespace {

/// WorkCounter::Done::work counts microseconds, as Work::seconds estimates them.
constexpr double work_per_second = 1e6;

/// Explains the units that this rank gets. While one unit is explained, the images of the next one are decoded.
class Worker {
 public:
  Worker(Explainer& explainer, const images::ImageList& list, Work& work)
      : explainer_(explainer), list_(list), work_(work) {}

  /// Until there are no units left, or a rank stops. Whatever ends this rank's work early ends that of all ranks.
  void work(comm::WorkCounter& counter, store::Explanations& store, RankOutcome& outcome) {
    explainer_.before_pass([&](std::size_t model, std::int64_t images, bool backward) {
      if (counter.stopped()) {  // another rank ends the job
        base::request_stop();
      }
      base::throw_if_stopped();
      const double seconds = work_.costs[model] * static_cast<double>(images) * forward_passes(backward);
      counter.add({0, static_cast<std::int64_t>(seconds * work_per_second)});
    });
    RecordTarget target{list_.entries, work_.rows, work_.missing, store, [&] { counter.add({1, 0}); }, outcome.times};
    try {
      take_units(counter, target, outcome);
    } catch (const base::Error& error) {
      outcome.stopped = error.code() == base::ExitCode::stopped;
      if (!outcome.stopped) {
        counter.stop();
        throw;
      }
    } catch (...) {
      counter.stop();
      throw;
    }
    if (outcome.stopped) {
      counter.stop();
    }
    explainer_.before_pass({});
    outcome.records = target.records;
  }

 private:
  /// A unit whose images are being decoded, with the other images of its batches.
  struct Prefetched {
    plan::WorkUnit unit;
    std::vector<plan::Batch> batches;
    std::future<images::LoadedChunk> chunk;
  };

  void take_units(comm::WorkCounter& counter, RecordTarget& target, RankOutcome& outcome) {
    auto next = fetch(counter, outcome);
    while (next && !base::stop_requested()) {
      auto now = std::move(*next);
      const auto chunk = now.chunk.get();
      note_bad_images(now.unit, chunk, outcome);
      next = fetch(counter, outcome);
      explainer_.explain(now.unit, now.batches, work_.groups[now.unit.group], chunk, target);
    }
    outcome.stopped = base::stop_requested();
  }

  /// Requests the next unit and starts decoding its images; nothing when there is none, or after a signal.
  std::optional<Prefetched> fetch(comm::WorkCounter& counter, RankOutcome& outcome) {
    const base::Stopwatch stopwatch;
    const auto number = base::stop_requested() ? std::nullopt : counter.next();
    outcome.request_seconds.push_back(stopwatch.seconds());
    if (!number) {
      return std::nullopt;
    }
    const auto& unit = work_.units[static_cast<std::size_t>(*number)];
    auto batches = plan::batches_of(unit, work_.sizes, list_.entries.size());
    const auto first = batches.front().first;
    const auto count = batches.back().first + batches.back().count - first;
    return Prefetched{unit, std::move(batches),
                      images::load_async(list_, first, count, explainer_.recipes(work_.groups[unit.group]),
                                         explainer_.decode_threads())};
  }

  /// Of the unit alone: another unit has the other images of its batches.
  void note_bad_images(const plan::WorkUnit& unit, const images::LoadedChunk& chunk, RankOutcome& outcome) const {
    for (auto image = unit.first; image < unit.first + unit.count; ++image) {
      const auto& error = chunk.errors[image - chunk.first];
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
  Work& work_;
};

}  // namespace

RankOutcome run_units(const comm::Communicator& ranks, Explainer& explainer, const images::ImageList& list, Work& work,
                      const std::filesystem::path& file, const std::string& stage) {
  Worker worker(explainer, list, work);
  RankOutcome outcome{{work.costs.size(), work.record_seconds.size() / work.costs.size()}};
  std::optional<store::Explanations> store;
  ranks.all_or_throw([&] { store.emplace(store::Explanations::open_parallel(file, ranks)); });
  {
    Progress progress(stage, "records", work.missing.count(), ranks.is_root(), file.parent_path());
    const auto show = [&](const comm::WorkCounter::Done& done) {
      progress.update(done.records, static_cast<double>(done.work) / (work_per_second * work.seconds));
    };
    comm::WorkCounter counter(ranks, static_cast<std::int64_t>(work.units.size()), show);
    ranks.all_or_throw([&] { worker.work(counter, *store, outcome); });
  }
  base::set_activity({});
  // A network file system often reports a failed write only now.
  ranks.all_or_throw([&] { store->flush(); });
  return outcome;
}

}  // namespace sightline::stages

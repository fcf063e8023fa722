#include "app/explain_job.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <optional>

#include "app/explainer.hpp"
#include "app/progress.hpp"
#include "app/version.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "comm/signals.hpp"
#include "comm/work_counter.hpp"
#include "store/schema.hpp"

namespace sightline::app {
namespace {

namespace fs = std::filesystem;

const char* device_name(job::Device device) {
  return device == job::Device::cpu ? "cpu" : device == job::Device::cuda ? "cuda" : "auto";
}

/// Root only: makes or extends the store; returns the store's row of each image.
std::vector<std::uint64_t> prepare(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list,
                                   const fs::path& file) {
  store::StorePlan plan{job.text, program_version(),     fs::weakly_canonical(list.root).string(), {},
                        {},       explainer.store_plan()};
  for (const auto& entry : list.entries) {
    plan.image_paths.push_back(entry.path);
    plan.image_labels.push_back(entry.label);
  }
  store::prepare_store(file, plan);
  std::map<std::string, std::uint64_t> row_by_path;
  const auto stored = store::Explanations::open_to_read(file).image_paths();
  for (std::size_t row = 0; row < stored.size(); ++row) {
    row_by_path[stored[row]] = row;
  }
  std::vector<std::uint64_t> rows;
  for (const auto& entry : list.entries) {
    rows.push_back(row_by_path.at(entry.path));
  }
  return rows;
}

/// Root only: everything that has no good record yet. A corrupt record is reported and made again.
void find_missing(const ResolvedJob& job, const fs::path& file, const std::vector<std::uint64_t>& rows,
                  Missing& missing) {
  using State = store::Explanations::RecordState;
  const auto store = store::Explanations::open_to_read(file);
  for (std::size_t m = 0; m < job.models.size(); ++m) {
    const auto& model = job.models[m]->label();
    for (std::size_t record = 0; record <= job.methods.size(); ++record) {
      const auto states = store.verify(model, record == 0 ? "" : job.methods[record - 1]->name);
      for (std::size_t image = 0; image < rows.size(); ++image) {
        if (states[rows[image]] == State::good) {
          missing.clear(m, record, image);
        } else if (states[rows[image]] == State::corrupt) {
          base::log_warning(fmt::format("{}: a record of {} is corrupt and is made again", file.string(), model));
        }
      }
    }
  }
}

/// Of this rank.
struct Outcome {
  Explainer::Written written;
  std::vector<std::string> bad_images;
  bool stopped = false;
};

/// This rank's share: pulls units until there are none. While a unit is explained, the next one is decoded.
class Worker {
 public:
  Worker(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list,
         const std::vector<std::uint64_t>& rows, const Missing& missing)
      : job_(job),
        explainer_(explainer),
        list_(list),
        rows_(rows),
        missing_(missing),
        units_(plan::work_units(missing.by_image(),
                                std::max(static_cast<std::size_t>(job.config.chunk), explainer.batch()))) {}

  const std::vector<plan::WorkUnit>& units() const { return units_; }

  void work(comm::WorkCounter& counter, store::Explanations& store, Progress& progress, Outcome& outcome) {
    auto next = fetch(counter);
    while (next && !comm::stop_requested()) {
      const auto unit = next->unit;
      const auto chunk = next->chunk.get();
      note_bad_images(chunk, outcome);
      next = fetch(counter);
      const auto written = explainer_.explain(unit, {chunk, list_.entries, rows_, missing_, store});
      outcome.written.records += written.records;
      outcome.written.model_seconds += written.model_seconds;
      counter.finish_one();
      progress.update(counter.finished());
    }
    outcome.stopped = comm::stop_requested();
  }

 private:
  struct Ahead {
    plan::WorkUnit unit;
    std::future<images::LoadedChunk> chunk;
  };

  std::optional<Ahead> fetch(comm::WorkCounter& counter) {
    const auto number = comm::stop_requested() ? std::nullopt : counter.next();
    if (!number) {
      return std::nullopt;
    }
    const auto& unit = units_[static_cast<std::size_t>(*number)];
    return Ahead{unit, images::load_ahead(list_, unit.first, unit.count, explainer_.recipes())};
  }

  void note_bad_images(const images::LoadedChunk& chunk, Outcome& outcome) const {
    for (const auto& error : chunk.errors) {
      if (error.empty()) {
        continue;
      }
      if (job_.config.on_bad_image == job::BadImage::fail) {
        throw base::input_error("{} (--on-bad-image skip goes on without it)", error);
      }
      base::log_warning("skipped: " + error);
      outcome.bad_images.push_back(error);
    }
  }

  const ResolvedJob& job_;
  Explainer& explainer_;
  const images::ImageList& list_;
  const std::vector<std::uint64_t>& rows_;
  const Missing& missing_;
  std::vector<plan::WorkUnit> units_;
};

Outcome explain_all(const comm::Communicator& ranks, const std::string& stage, Worker& worker, const fs::path& file) {
  Outcome outcome;
  std::optional<store::Explanations> store;
  ranks.together([&] { store.emplace(store::Explanations::open_parallel(file, ranks.handle())); });
  ranks.together([&] {
    comm::WorkCounter counter(ranks, static_cast<std::int64_t>(worker.units().size()));
    Progress progress(stage, "work units", static_cast<std::int64_t>(worker.units().size()), ranks.is_root());
    worker.work(counter, *store, progress, outcome);
  });
  // What a network file system refuses, it often refuses only now.
  ranks.together([&] { store->flush(); });
  return outcome;
}

}  // namespace

models::DeviceChoice start_device(const comm::Communicator& ranks, const job::JobConfig& config) {
  models::DeviceChoice device;
  ranks.together([&] {
    device = models::start_runtime(device_name(config.device), ranks.node_rank(), static_cast<int>(config.threads));
  });
  return device;
}

JobOutcome explain_job(const comm::Communicator& ranks, const ResolvedJob& job, const models::DeviceChoice& device,
                       const images::ImageList& list, const fs::path& file, const std::string& stage) {
  std::optional<Explainer> explainer;
  ranks.together([&] { explainer.emplace(job, device); });
  std::vector<std::uint64_t> rows;
  Missing missing(job.models.size(), 1 + job.methods.size(), list.entries.size());
  ranks.together([&] {
    if (ranks.is_root()) {
      rows = prepare(job, *explainer, list, file);
      find_missing(job, file, rows, missing);
    }
  });
  missing.set_flags(ranks.broadcast(missing.flags()));
  rows.resize(list.entries.size());
  MPI_Bcast(rows.data(), static_cast<int>(rows.size()), MPI_UINT64_T, 0, ranks.handle());

  Worker worker(job, *explainer, list, rows, missing);
  if (ranks.is_root()) {
    base::log_info(fmt::format("{}: {} images x {} models x {} methods on {} ranks ({}): {} of {} records to make",
                               stage, list.entries.size(), job.models.size(), job.methods.size(), ranks.size(),
                               device.name(), missing.count(), missing.flags().size()));
  }
  const auto mine = explain_all(ranks, stage, worker, file);
  JobOutcome outcome;
  outcome.stopped = ranks.any(mine.stopped);
  for (const auto& lines : ranks.gather(base::join(mine.bad_images, "\n"))) {
    outcome.bad_images += lines.empty() ? "" : lines + "\n";
  }
  outcome.devices = ranks.gather(device.name());
  const auto sums = ranks.reduce(
      std::vector<std::int64_t>{mine.written.records, static_cast<std::int64_t>(mine.written.model_seconds * 1e6)});
  if (ranks.is_root()) {
    outcome.records = sums[0];
    outcome.model_seconds = static_cast<double>(sums[1]) * 1e-6;
  }
  return outcome;
}

}  // namespace sightline::app

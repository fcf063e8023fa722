#include "stages/explain/explain_job.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <numeric>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "comm/processors.hpp"
#include "comm/signals.hpp"
#include "comm/work_counter.hpp"
#include "stages/explain/batch_size.hpp"
#include "stages/explain/explainer.hpp"
#include "stages/run/progress.hpp"
#include "stages/run/version.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

const char* device_name(job::Device device) {
  return device == job::Device::cpu ? "cpu" : device == job::Device::cuda ? "cuda" : "auto";
}

/// Root only: makes or extends the store; returns the store's row of each image.
std::vector<std::uint64_t> prepare(const ResolvedJob& job, const Explainer::Survey& survey, std::size_t batch,
                                   const images::ImageList& list, const fs::path& file) {
  store::prepare_store(file, plan_store(job, survey, batch, list));
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

/// Root only: everything that has no good record yet and fits. A corrupt record is reported and made again.
void find_missing(const ResolvedJob& job, const Explainer::Survey& survey, const fs::path& file,
                  const std::vector<std::uint64_t>& rows, Missing& missing) {
  using State = store::Explanations::RecordState;
  const auto store = store::Explanations::open_to_read(file);
  for (std::size_t m = 0; m < job.models.size(); ++m) {
    const auto& model = job.models[m]->label();
    for (std::size_t record = 0; record <= job.methods.size(); ++record) {
      if (record > 0 && !survey.fits[m][record - 1]) {
        missing.clear(m, record);
        continue;
      }
      const auto states = store.verify(model, record == 0 ? "" : job.methods[record - 1].name);
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

/// Whole chunks go to a part, so that its batches are those of the whole job.
void leave_other_parts(const ResolvedJob& job, std::size_t chunk, std::size_t images, Missing& missing) {
  const auto& part = job.config.part;
  for (std::size_t image = 0; image < images; ++image) {
    if (static_cast<std::int64_t>(image / chunk) % part.count + 1 != part.number) {
      for (std::size_t model = 0; model < job.models.size(); ++model) {
        for (std::size_t record = 0; record <= job.methods.size(); ++record) {
          missing.clear(model, record, image);
        }
      }
    }
  }
}

/// Of this rank.
struct Outcome {
  Explainer::Written written;
  std::vector<std::string> bad_images;
  std::vector<double> requests;  ///< seconds that each took
  bool stopped = false;
};

/// What the ranks share out.
struct Work {
  std::vector<std::uint64_t> rows;  ///< the store's row of each image
  Missing missing;
  std::vector<plan::ModelGroup> groups;
  std::vector<plan::WorkUnit> units;
};

/// This rank's share: pulls units until there are none. While a unit is explained, the next one is decoded.
class Worker {
 public:
  Worker(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list, const Work& work)
      : job_(job), explainer_(explainer), list_(list), work_(work) {}

  void work(comm::WorkCounter& counter, store::Explanations& store, Progress& progress, Outcome& outcome) {
    auto next = fetch(counter, outcome);
    while (next && !comm::stop_requested()) {
      const auto unit = next->unit;
      const auto& models = work_.groups[unit.group];
      const auto chunk = next->chunk.get();
      note_bad_images(chunk, outcome);
      next = fetch(counter, outcome);
      const auto written = explainer_.explain({unit.first, unit.count}, models,
                                              {chunk, list_.entries, work_.rows, work_.missing, store});
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

  std::optional<Ahead> fetch(comm::WorkCounter& counter, Outcome& outcome) {
    const base::Stopwatch stopwatch;
    const auto number = comm::stop_requested() ? std::nullopt : counter.next();
    outcome.requests.push_back(stopwatch.seconds());
    if (!number) {
      return std::nullopt;
    }
    const auto& unit = work_.units[static_cast<std::size_t>(*number)];
    return Ahead{unit, images::load_ahead(list_, unit.first, unit.count, explainer_.recipes(work_.groups[unit.group]))};
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
  const Work& work_;
};

Outcome explain_all(const comm::Communicator& ranks, const std::string& stage, Worker& worker, std::size_t units,
                    const fs::path& file) {
  Outcome outcome;
  std::optional<store::Explanations> store;
  ranks.together([&] { store.emplace(store::Explanations::open_parallel(file, ranks.handle())); });
  ranks.together([&] {
    comm::WorkCounter counter(ranks, static_cast<std::int64_t>(units));
    Progress progress(stage, "work units", static_cast<std::int64_t>(units), ranks.is_root(), file.parent_path());
    worker.work(counter, *store, progress, outcome);
  });
  // What a network file system refuses, it often refuses only now.
  ranks.together([&] { store->flush(); });
  return outcome;
}

/// collective
void warn_of_oversubscription(const comm::Communicator& ranks, const job::JobConfig& config) {
  for (const auto& sentence : comm::oversubscribed(comm::all_places(ranks), config.threads)) {
    base::log_warning(sentence);
  }
}

/// Folders are numbered in the order of their names, which is seldom that of a model's outputs. All of them are
/// counted, whichever images the job takes.
void warn_of_unnamed_classes(const ResolvedJob& job, const Explainer::Survey& survey) {
  if (job.features || !job.config.classes.empty() || !fs::is_directory(job.config.images)) {
    return;
  }
  const auto folders =
      static_cast<std::uint64_t>(std::count_if(fs::directory_iterator(job.config.images), fs::directory_iterator(),
                                               [](const fs::directory_entry& entry) { return entry.is_directory(); }));
  for (const auto& model : survey.models) {
    if (folders > 0 && model.classes > folders) {
      base::log_warning(
          fmt::format("images: {} holds {} class folder(s), numbered from 0 in the order of their names, while {} "
                      "knows {} classes; name their list with --classes, or labels mean other classes than the model's",
                      job.config.images, folders, model.name, model.classes));
      return;
    }
  }
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0.0 : values[values.size() / 2];
}

/// collective. Makes the store ready and finds out what there is to do.
Work prepare_work(const comm::Communicator& ranks, const ResolvedJob& job, Explainer& explainer,
                  const images::ImageList& list, const fs::path& file) {
  const auto chunk = chunk_size(job, explainer);
  const auto groups =
      plan::group_count(job.models.size(), (list.entries.size() + chunk - 1) / chunk,
                        static_cast<std::size_t>(ranks.size()), static_cast<std::size_t>(job.config.models_at_once));
  if (groups == 1) {
    ranks.together([&] { explainer.hold(all_models(job)); });
  }
  Work work{
      std::vector<std::uint64_t>(), Missing(job.models.size(), 1 + job.methods.size(), list.entries.size()), {}, {}};
  std::vector<double> costs(job.models.size());
  ranks.together([&] {
    if (ranks.is_root()) {
      const auto survey = explainer.survey();
      refuse_methods_without_model(job, survey);
      warn_of_unnamed_classes(job, survey);
      costs = survey.costs;
      work.rows = prepare(job, survey, explainer.batch(), list, file);
      find_missing(job, survey, file, work.rows, work.missing);
      leave_other_parts(job, chunk, list.entries.size(), work.missing);
    }
  });
  work.missing.set_flags(ranks.broadcast(work.missing.flags()));
  work.rows.resize(list.entries.size());
  MPI_Bcast(work.rows.data(), static_cast<int>(work.rows.size()), MPI_UINT64_T, 0, ranks.handle());
  MPI_Bcast(costs.data(), static_cast<int>(costs.size()), MPI_DOUBLE, 0, ranks.handle());
  work.groups = plan::group_models(costs, groups);
  std::vector<std::vector<bool>> missing;
  for (const auto& group : work.groups) {
    missing.push_back(work.missing.by_image(group));
  }
  work.units = plan::work_units(missing, chunk);
  return work;
}

}  // namespace

models::DeviceChoice start_device(const comm::Communicator& ranks, const job::JobConfig& config) {
  models::DeviceChoice device;
  ranks.together([&] {
    device = models::start_runtime(device_name(config.device), ranks.node_rank(), static_cast<int>(config.threads));
  });
  return device;
}

std::size_t chunk_size(const ResolvedJob& job, const Explainer& explainer) {
  return std::max(static_cast<std::size_t>(job.config.chunk), explainer.batch());
}

plan::ModelGroup all_models(const ResolvedJob& job) {
  plan::ModelGroup all(job.models.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

store::StorePlan plan_store(const ResolvedJob& job, const Explainer::Survey& survey, std::size_t batch,
                            const images::ImageList& list) {
  store::StorePlan plan{job.text,      program_version(),  fs::weakly_canonical(list.root).string(), {}, {},
                        survey.models, survey.superpixels, static_cast<std::int64_t>(batch)};
  plan.image_paths = list.paths();
  for (const auto& entry : list.entries) {
    plan.image_labels.push_back(entry.label);
  }
  return plan;
}

void refuse_methods_without_model(const ResolvedJob& job, const Explainer::Survey& survey) {
  for (std::size_t method = 0; method < job.methods.size(); ++method) {
    if (std::none_of(survey.fits.begin(), survey.fits.end(), [&](const auto& fits) { return fits[method]; })) {
      throw base::usage_error("methods: {}", base::join(survey.misfits, "\n  "));
    }
  }
  for (const auto& sentence : survey.misfits) {
    base::log_warning(sentence + ". It is left out.");
  }
}

JobOutcome explain_job(const comm::Communicator& ranks, const ResolvedJob& job, const models::DeviceChoice& device,
                       const images::ImageList& list, const fs::path& file, const std::string& stage) {
  Explainer explainer(job, device, choose_batch(ranks, job, device, list.entries.size(), file));
  const auto work = prepare_work(ranks, job, explainer, list, file);
  Worker worker(job, explainer, list, work);
  if (ranks.is_root()) {
    base::log_info(
        fmt::format("{}: {} images x {} models x {} methods on {} ranks ({}): {} of {} records to make in {} units",
                    stage, list.entries.size(), job.models.size(), job.methods.size(), ranks.size(), device.name(),
                    work.missing.count(), work.missing.flags().size(), work.units.size()));
  }
  warn_of_oversubscription(ranks, job.config);
  const auto mine = explain_all(ranks, stage, worker, work.units.size(), file);
  JobOutcome outcome;
  outcome.stopped = ranks.any(mine.stopped);
  for (const auto& lines : ranks.gather(base::join(mine.bad_images, "\n"))) {
    outcome.bad_images += lines.empty() ? "" : lines + "\n";
  }
  outcome.devices = ranks.gather(device.name());
  const auto sums = ranks.reduce(
      std::vector<std::int64_t>{mine.written.records, static_cast<std::int64_t>(mine.written.model_seconds * 1e6)});
  outcome.request_seconds = ranks.largest(median(mine.requests));
  if (ranks.is_root()) {
    outcome.records = sums[0];
    outcome.model_seconds = static_cast<double>(sums[1]) * 1e-6;
  }
  return outcome;
}

}  // namespace sightline::stages

#include "stages/plan/plan_job.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <unistd.h>

#include "base/data_folder.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "plan/schedule.hpp"
#include "stages/explain/batch_size.hpp"
#include "stages/explain/explain_job.hpp"
#include "stages/explain/work.hpp"
#include "stages/focus/focus_result.hpp"
#include "stages/focus/job_mosaics.hpp"
#include "stages/report/analysis_program.hpp"
#include "stages/run/job_images.hpp"
#include "stages/run/memory_use.hpp"
#include "stages/run/output_claim.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// What the counter's answer takes: half its pause on average, and as much again for messages.
constexpr double request_seconds = 0.0005;

/// What was measured here.
struct Measured {
  double survey = 0.0;          ///< seconds for looking at every model and making the store
  std::uint64_t file_size = 0;  ///< bytes
  std::vector<double> load;     ///< seconds, by model
  std::vector<double> image;    ///< seconds of an image with all methods, by model
  double decode = 0.0;          ///< seconds of an image
  std::uint64_t memory = 0;     ///< bytes, most at any time
};

fs::path store_file(const ResolvedJob& job) {
  return fs::path(job.config.output) / (job.config.plan.focus ? focus_file_name : store::schema::file_name);
}

/// Bytes of the finished store: creates the sparse store in the temporary folder to measure it; what is not written
/// takes no room there.
std::uint64_t measure_store(const ResolvedJob& job, const store::StorePlan& plan) {
  const auto aside = fs::temp_directory_path() / fmt::format("sightline-plan-{}.h5", ::getpid());
  const auto there = store_file(job);
  if (fs::exists(there)) {
    store::prepare_store(aside, store::plan_of(store::Explanations::open_to_read(there)));
  }
  store::prepare_store(aside, plan);
  const auto size = fs::file_size(aside);
  fs::remove(aside);
  return size;
}

void calibrate(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list, Measured& measured) {
  const auto count =
      std::min({static_cast<std::size_t>(job.config.plan.calibration_images), list.entries.size(), explainer.batch()});
  for (std::size_t model = 0; model < job.models.size() && count > 0; ++model) {
    base::Stopwatch stopwatch;
    explainer.hold({model});
    measured.load.push_back(stopwatch.seconds());
    stopwatch = {};
    const auto chunk = images::load_async(list, 0, count, explainer.recipes({model})).get();
    measured.decode = stopwatch.seconds() / static_cast<double>(count);
    const auto seconds = explainer.time(model, chunk, list.entries) / static_cast<double>(count);
    base::log_info(fmt::format("plan: {} takes {:.3f} s an image", job.models[model]->label(), seconds));
    measured.image.push_back(seconds);
  }
}

/// The units of a run on so many ranks, with their times.
std::vector<plan::TimedUnit> timed_units(const std::vector<plan::ModelGroup>& groups, const Measured& measured,
                                         std::size_t images, std::size_t chunk) {
  std::vector<plan::TimedUnit> units;
  for (const auto& unit : plan::work_units(std::vector(groups.size(), std::vector<bool>(images, true)), chunk)) {
    double seconds = 0.0;
    for (const auto model : groups[unit.group]) {
      seconds += measured.image[model] * static_cast<double>(unit.count);
    }
    units.push_back({unit.group, seconds});
  }
  return units;
}

/// The job on any number of ranks.
class Forecast {
 public:
  Forecast(const ResolvedJob& job, const Measured& measured, std::size_t images, std::size_t chunk)
      : job_(job), measured_(measured), images_(images), chunk_(chunk) {}

  std::vector<plan::ModelGroup> groups(std::size_t ranks) const {
    return plan::group_models(measured_.image,
                              plan::group_count(job_.models.size(), (images_ + chunk_ - 1) / chunk_, ranks,
                                                static_cast<std::size_t>(job_.config.compute.models_at_once)));
  }

  plan::RunEstimate on(std::size_t ranks) const {
    const auto all = groups(ranks);
    plan::Overheads overheads{measured_.survey, request_seconds, {}};
    for (const auto& group : all) {
      double seconds = 0.0;
      for (const auto model : group) {
        seconds += measured_.load[model];
      }
      overheads.load_group.push_back(seconds);
    }
    return plan::simulate(timed_units(all, measured_, images_, chunk_), overheads, ranks);
  }

  /// One line for each power of two up to 4096; also as CSV.
  std::string table(std::string& csv) const {
    std::string text =
        fmt::format("  {:>6} {:>7} {:>9} {:>14} {:>11}\n", "ranks", "groups", "units", "time", "efficiency");
    csv = "ranks,groups,units,seconds,efficiency\n";
    for (std::size_t ranks = 1; ranks <= 4096; ranks *= 2) {
      const auto all = groups(ranks);
      const auto units = timed_units(all, measured_, images_, chunk_).size();
      const auto estimate = on(ranks);
      text += fmt::format("  {:>6} {:>7} {:>9} {:>14} {:>9.1f} %\n", ranks, all.size(), units,
                          base::format_duration(estimate.seconds), 100.0 * estimate.efficiency);
      csv += fmt::format("{},{},{},{:.3f},{:.6f}\n", ranks, all.size(), units, estimate.seconds, estimate.efficiency);
    }
    return text;
  }

 private:
  const ResolvedJob& job_;
  const Measured& measured_;
  std::size_t images_;
  std::size_t chunk_;
};

/// sbatch's script and what it takes to find its neighbours: slurm/many_nodes.sbatch where slurm/ lies here, else its
/// path.
std::pair<std::string, std::string> batch_script() {
  const std::string here = "slurm/many_nodes.sbatch";
  const fs::path script = fs::exists(here) ? here : base::shown_path(here);
  if (script == here) {
    return {"", here};
  }
  return {fmt::format("SIGHTLINE_HOME={} ", script.parent_path().parent_path().string()), script.string()};
}

/// Twice the expected time, in whole hours, and a third more memory than was seen; the job as it was given to plan.
std::string sbatch_line(const job::ParsedJob& parsed, const Measured& measured, double seconds) {
  const auto& config = parsed.job;
  const auto hours = static_cast<long long>(2.0 * seconds / 3600.0) + 1;
  const auto megabytes = measured.memory / 3 * 4 / 1'000'000 + 1;
  const auto [home, script] = batch_script();
  auto line = fmt::format("{}sbatch --ntasks={} --nodes=1-{} --mem-per-cpu={}M --time={}:00:00 {}", home,
                          config.plan.ranks, config.plan.ranks, megabytes, hours, script);
  line += (config.plan.focus ? " focus " : " ") + (parsed.job_file.empty() ? "JOB.ini" : parsed.job_file);
  for (const auto& [name, value] : parsed.on_command_line) {
    if (name != "ranks" && name.rfind("plan.", 0) != 0) {
      line += fmt::format(" --{} '{}'", name, value);
    }
  }
  return line;
}

std::int64_t records_of(const store::StorePlan& plan) {
  std::int64_t records = 0;
  for (const auto& model : plan.models) {
    records += static_cast<std::int64_t>((1 + model.methods.size()) * plan.image_paths.size());
  }
  return records;
}

std::int64_t records_done(const fs::path& file) {
  if (!fs::exists(file)) {
    return 0;
  }
  const auto store = store::Explanations::open_to_read(file);
  std::int64_t done = 0;
  const auto count = [&](const std::string& model, const std::string& method) {
    const auto words = store.status(model, method);
    done += std::count_if(words.begin(), words.end(), [](std::uint32_t word) { return word != 0; });
  };
  for (const auto& model : store.models()) {
    count(model, "");
    for (const auto& method : store.methods(model)) {
      count(model, method);
    }
  }
  return done;
}

/// The plan stands without its figure.
void draw(const job::JobConfig& config, const fs::path& table, const fs::path& figure) {
  try {
    run_analysis(config, "plan_figure.py", {table.string(), figure.string()});
    base::log_info(fmt::format("plan: {}", figure.string()));
  } catch (const base::Error& error) {
    base::log_warning(fmt::format("plan: {} is left out: {}", figure.string(), error.what()));
  }
}

void print_plan(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list,
                const job::ParsedJob& parsed) {
  Measured measured;
  const base::Stopwatch stopwatch;
  const auto survey = explainer.survey();
  refuse_methods_without_model(job, survey);
  const auto plan = plan_store(job, survey, explainer.batch(), list);
  measured.file_size = measure_store(job, plan);
  measured.survey = stopwatch.seconds();
  const fs::path output = job.config.output;
  std::printf("images %zu, models %zu, methods %zu; records %lld, of which %lld are done\n", list.entries.size(),
              job.models.size(), job.methods.size(), static_cast<long long>(records_of(plan)),
              static_cast<long long>(records_done(store_file(job))));
  std::printf("%s: %llu bytes when done\n", store_file(job).c_str(),
              static_cast<unsigned long long>(measured.file_size));
  if (job.config.plan.calibration_images == 0) {
    return;
  }
  calibrate(job, explainer, list, measured);
  const auto ranks = static_cast<std::size_t>(job.config.plan.ranks);
  const auto chunk = chunk_size(job, explainer);
  const Forecast forecast(job, measured, list.entries.size(), chunk);
  explainer.hold(forecast.groups(ranks).front());
  measured.memory = most_memory_used();
  const auto estimate = forecast.on(ranks);
  std::printf("memory %.0f MB a rank at least; decoding %.1f ms an image, beside the models\n",
              static_cast<double>(measured.memory) * 1e-6, measured.decode * 1e3);
  std::printf("on %zu ranks like this one (%lld threads): %s, efficiency %.1f %%\n\n", ranks,
              static_cast<long long>(job.config.compute.threads), base::format_duration(estimate.seconds).c_str(),
              100.0 * estimate.efficiency);
  std::string csv;
  std::printf("If nothing were done yet, simulated with what was measured here:\n%s\n", forecast.table(csv).c_str());
  std::printf("%s\n", sbatch_line(parsed, measured, estimate.seconds).c_str());
  base::make_writable_folder(output / "tables");
  const auto table = output / "tables" / "plan_efficiency.csv";
  base::write_text(table, csv);
  draw(job.config, table, output / "figures" / "plan_efficiency.png");
}

}  // namespace

base::ExitCode plan_job(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  ResolvedJob job;
  ranks.all_or_throw([&] { job = resolve(parsed); });
  std::shared_ptr<const focus::MosaicSet> mosaics;
  if (job.config.plan.focus) {
    mosaics = job_mosaics(ranks, job.config);
    job = on_mosaics(job, mosaics);
  }
  const auto list = mosaics ? focus::as_images(*mosaics) : list_job_images(ranks, job.config);
  const auto device = start_device(ranks, job.config);
  const OutputClaim claim(ranks, job.config.output, "plan");
  const auto batch =
      choose_batch(ranks, job, device, list.entries.size(),
                   fs::path(job.config.output) / (job.config.plan.focus ? focus_file_name : store::schema::file_name));
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      Explainer explainer(job, device, batch);
      print_plan(job, explainer, list, parsed);
    }
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages

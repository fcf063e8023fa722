#include "stages/plan/plan_job.hpp"

#include <filesystem>
#include <memory>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "stages/explain/batch_size.hpp"
#include "stages/explain/work.hpp"
#include "stages/focus/job_mosaics.hpp"
#include "stages/plan/compare_plan.hpp"
#include "stages/plan/forecast.hpp"
#include "stages/plan/measurements.hpp"
#include "stages/plan/plan_text.hpp"
#include "stages/report/analysis_program.hpp"
#include "stages/run/device.hpp"
#include "stages/run/job_images.hpp"
#include "stages/run/output_claim.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// Draws the figure of the table. The plan is complete without it, so an error is only a warning.
void draw(const job::JobConfig& config, const fs::path& table, const fs::path& figure) {
  try {
    run_analysis(config, "plan_figure.py", {table.string(), figure.string()});
    base::log_info(fmt::format("plan: {}", figure.string()));
  } catch (const base::Error& error) {
    base::log_warning(fmt::format("plan: {} is left out: {}", figure.string(), error.what()));
  }
}

/// Root only. Measures, forecasts, prints, and writes tables/plan_efficiency.csv with its figure. With --calibrate 0
/// it ends after the size of the store.
void make_plan(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list,
               const job::ParsedJob& parsed, const Print& print) {
  const auto images = list.entries.size();
  const auto chunk = chunk_size(explainer);
  const auto ranks = static_cast<std::size_t>(job.config.plan.ranks);
  const auto groups = group_count(job, images, chunk, ranks);
  const auto measurements =
      measure(job, explainer, list, plan::group_models(std::vector<double>(job.models.size(), 1.0), groups).front());
  print(size_text(job, images, measurements));
  if (job.config.plan.calibration_images == 0) {
    return;
  }
  const Forecast forecast(job, measurements, images, chunk, explainer.batch());
  const auto run = forecast.on(ranks);
  const auto scaling = forecast.scaling();
  print(time_text(job, measurements, run));
  print(scaling_text(scaling));
  print(sbatch_line(parsed, job.config.plan.stage == job::PlanStage::focus ? "focus" : "", measurements.memory,
                    run.seconds) +
        "\n");
  const fs::path output = job.config.output;
  base::make_writable_folder(output / "tables");
  const auto table = output / "tables" / "plan_efficiency.csv";
  base::write_text(table, scaling_csv(scaling));
  draw(job.config, table, output / "figures" / "plan_efficiency.png");
}

/// Root only. Measures and forecasts the comparison of the maps in the job's folder.
void plan_comparison(const job::ParsedJob& parsed, const Print& print) {
  if (parsed.job.output.empty()) {
    throw base::usage_error("output: is not given; name the folder that holds {}", store::schema::file_name);
  }
  const auto measured = measure_comparison(parsed.job);
  const auto ranks = static_cast<std::size_t>(parsed.job.plan.ranks);
  const auto run = forecast_comparison(measured, ranks);
  print(compare_plan_text(measured, ranks));
  print(sbatch_line(parsed, "compare", run.memory, run.similarity_seconds + run.statistics_seconds) + "\n");
}

}  // namespace

base::ExitCode plan_job(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print) {
  if (parsed.job.plan.stage == job::PlanStage::compare) {
    ranks.all_or_throw([&] {
      if (ranks.is_root()) {
        plan_comparison(parsed, print);
      }
    });
    return base::ExitCode::done;
  }
  ResolvedJob job;
  ranks.all_or_throw([&] { job = resolve(parsed); });
  std::shared_ptr<const focus::MosaicSet> mosaics;
  if (job.config.plan.stage == job::PlanStage::focus) {
    mosaics = job_mosaics(ranks, job.config);
    job = on_mosaics(job, mosaics);
  } else {
    job = with_stored_logits(std::move(job));
  }
  const auto list = mosaics ? focus::as_images(*mosaics) : list_job_images(ranks, job.config);
  const auto device = start_device(ranks, job.config.compute);
  const OutputClaim claim(ranks, job.config.output, "plan");
  const auto batch = choose_batch_size(ranks, job, device, list.entries.size(), planned_store(job));
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      Explainer explainer(job, device, batch);
      make_plan(job, explainer, list, parsed, print);
    }
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages

#include "stages/focus/focus.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "stages/explain/explain_job.hpp"
#include "stages/focus/focus_tables.hpp"
#include "stages/focus/job_mosaics.hpp"
#include "stages/focus/out_of_distribution.hpp"
#include "stages/run/device.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/run_record.hpp"

namespace sightline::stages {

namespace {

/// Root only. Writes the tables of the scores and the record of the run.
void tabulate(const comm::Communicator& ranks, const job::ParsedJob& parsed, const FocusResult& result,
              const JobOutcome& outcome, const base::Stopwatch& stopwatch) {
  const std::filesystem::path output = parsed.job.output;
  write_focus_tables(output / "tables", result, parsed.job);
  base::write_text(output / "skipped_images.txt", outcome.bad_images);
  const double seconds = stopwatch.seconds();
  if (outcome.records > 0 || !std::filesystem::exists(output / "run.json")) {
    record_stage(output, parsed, ranks, outcome.devices, "focus",
                 {{"seconds", seconds},
                  {"records_written", static_cast<double>(outcome.records)},
                  {"model_seconds", outcome.model_seconds}});
  }
  base::log_info(fmt::format("focus: {} records written in {:.1f} s -> {} and {}", outcome.records, seconds,
                             (output / focus_file_name).string(), (output / "tables").string()));
}

}  // namespace

base::ExitCode focus(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print) {
  const base::Stopwatch stopwatch;
  ResolvedJob job;
  ranks.all_or_throw([&] {
    job = resolve(parsed);
    require_unperturbed(job.config, "sightline focus");
  });
  const std::filesystem::path output = job.config.output;
  const OutputClaim claim(ranks, output, "focus");
  const auto set = job_mosaics(ranks, job.config);
  job = on_mosaics(job, set);
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      save_mosaics(*set, output);
    }
  });
  const auto device = start_device(ranks, job.config.compute);
  const auto outcome = explain_job(ranks, job, device, focus::as_images(*set), output / focus_file_name, "focus");
  if (outcome.stopped || (job.config.focus.ood && !compare_features(ranks, job, *set, device))) {
    return base::ExitCode::stopped;
  }
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      const auto result = read_focus(output / focus_file_name, *set);
      tabulate(ranks, parsed, result, outcome, stopwatch);
      print(focus_overview(result));
    }
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages

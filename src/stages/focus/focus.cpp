#include "stages/focus/focus.hpp"

#include <cstdio>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "stages/explain/explain_job.hpp"
#include "stages/focus/focus_tables.hpp"
#include "stages/focus/job_mosaics.hpp"
#include "stages/focus/out_of_distribution.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/run_record.hpp"

namespace sightline::stages {

base::ExitCode focus(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  const base::Stopwatch stopwatch;
  ResolvedJob job;
  ranks.all_or_throw([&] { job = resolve(parsed); });
  const std::filesystem::path output = job.config.output;
  const OutputClaim claim(ranks, output, "focus");
  const auto set = job_mosaics(ranks, job.config);
  job = on_mosaics(job, set);
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      keep_mosaics(*set, output);
    }
  });
  const auto file = output / focus_file_name;
  const auto device = start_device(ranks, job.config);
  const auto outcome = explain_job(ranks, job, device, focus::as_images(*set), file, "focus");
  if (outcome.stopped || (job.config.focus.ood && !compare_features(ranks, job, *set, device))) {
    return base::ExitCode::stopped;
  }
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    const auto result = read_focus(file, *set);
    write_focus_tables(output / "tables", result, job.config);
    base::write_text(output / "skipped_images.txt", outcome.bad_images);
    const double seconds = stopwatch.seconds();
    if (outcome.records > 0 || !std::filesystem::exists(output / "run.json")) {
      record_stage(output, parsed, ranks, outcome.devices, "focus",
                   {{"seconds", seconds},
                    {"records_written", static_cast<double>(outcome.records)},
                    {"model_seconds", outcome.model_seconds}});
    }
    base::log_info(fmt::format("focus: {} records written in {:.1f} s -> {} and {}", outcome.records, seconds,
                               file.string(), (output / "tables").string()));
    std::printf("%s", focus_overview(result).c_str());
    std::fflush(stdout);
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages

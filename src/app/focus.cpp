#include <cstdio>

#include "app/command.hpp"
#include "app/explain_job.hpp"
#include "app/focus_tables.hpp"
#include "app/job_mosaics.hpp"
#include "app/out_of_distribution.hpp"
#include "app/output_claim.hpp"
#include "app/run_record.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"

namespace sightline::app {

base::ExitCode focus(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  const base::Stopwatch stopwatch;
  ResolvedJob job;
  ranks.together([&] { job = resolve(parsed); });
  const std::filesystem::path output = job.config.output;
  const OutputClaim claim(ranks, output, "focus");
  aim_at_mosaics(job, job_mosaics(ranks, job.config));
  ranks.together([&] {
    if (ranks.is_root()) {
      keep_mosaics(*job.mosaics, output);
    }
  });
  const auto file = output / focus_file_name;
  const auto device = start_device(ranks, job.config);
  const auto outcome = explain_job(ranks, job, device, focus::as_images(*job.mosaics), file, "focus");
  if (outcome.stopped || (job.config.focus_ood && !compare_features(ranks, job, device))) {
    return base::ExitCode::stopped;
  }
  ranks.together([&] {
    if (!ranks.is_root()) {
      return;
    }
    const auto result = read_focus(file, *job.mosaics);
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

}  // namespace sightline::app

#include "stages/explain/attribute.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "stages/explain/explain_job.hpp"
#include "stages/run/device.hpp"
#include "stages/run/job_images.hpp"
#include "stages/run/job_paths.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/run_record.hpp"
#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace sightline::stages {

base::ExitCode attribute(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  const base::Stopwatch stopwatch;
  ResolvedJob job;
  ranks.all_or_throw([&] { job = with_stored_logits(resolve(parsed)); });
  const auto output = part_folder(job.config);
  const OutputClaim claim(ranks, output, "attribute");
  const auto file = output / store::schema::file_name;
  const auto list = list_job_images(ranks, job.config);
  const auto outcome = explain_job(ranks, job, start_device(ranks, job.config.compute), list, file, "attribute");
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    const double seconds = stopwatch.seconds();
    base::write_text(output / "skipped_images.txt", outcome.bad_images);
    // A run that found every record done keeps the entry of the run that wrote them.
    if (outcome.records > 0 || !std::filesystem::exists(output / "run.json")) {
      record_stage(output, parsed, ranks, outcome.devices, "attribute",
                   {{"seconds", seconds},
                    {"records_written", static_cast<double>(outcome.records)},
                    {"model_seconds", outcome.model_seconds},
                    {"request_seconds", outcome.request_seconds}});
    }
    if (const auto stored = store::Explanations::open_to_read(file).images(); stored > list.entries.size()) {
      base::log_warning(fmt::format("{}: holds {} images, of which this job names {}; 'sightline compare' uses all",
                                    file.string(), stored, list.entries.size()));
    }
    base::log_info(
        fmt::format("attribute: {} records written in {:.1f} s -> {}", outcome.records, seconds, file.string()));
  });
  return outcome.stopped ? base::ExitCode::stopped : base::ExitCode::done;
}

}  // namespace sightline::stages

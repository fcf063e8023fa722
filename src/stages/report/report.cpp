#include "stages/report/report.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "stages/report/analysis_program.hpp"
#include "stages/run/job_images.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/run_record.hpp"

namespace sightline::stages {
namespace fs = std::filesystem;

base::ExitCode report(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  const auto& config = parsed.job;
  if (config.output.empty()) {
    throw base::usage_error("output: is not given; name the folder of the run");
  }
  ranks.all_or_throw([&] {
    if (!base::is_folder(config.output)) {
      throw base::input_error("output: {}: no such folder; name the folder of a run", config.output);
    }
  });
  const OutputClaim claim(ranks, config.output, "report");
  keep_picture_index(ranks, config);
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    const base::Stopwatch stopwatch;
    run_analysis(config, "report.py",
                 {config.output, "--images", pictures_place(config), "--classes", config.images.classes, "--count",
                  std::to_string(config.report.images), "--linkage", base::join(config.cluster.linkages, ",")});
    const double seconds = stopwatch.seconds();
    record_stage(config.output, parsed, ranks, {}, "report", {{"seconds", seconds}});
    base::log_info(fmt::format("report: {} and {}", (fs::path(config.output) / "figures").string(),
                               (fs::path(config.output) / "report.html").string()));
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages

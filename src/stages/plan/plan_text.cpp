#include "stages/plan/plan_text.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/data_folder.hpp"
#include "base/text.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// The environment that the batch script needs to find the program's other files, and the script's path. Nothing is
/// needed where slurm/ lies in the current folder.
std::pair<std::string, std::string> batch_script() {
  const std::string here = "slurm/many_nodes.sbatch";
  const fs::path script = fs::exists(here) ? here : base::shown_path(here);
  if (script == here) {
    return {"", here};
  }
  return {fmt::format("SIGHTLINE_HOME={} ", script.parent_path().parent_path().string()), script.string()};
}

}  // namespace

std::string size_text(const ResolvedJob& job, std::size_t images, const Measurements& measurements) {
  return fmt::format(
      "images {}, models {}, methods {}; records {}, of which {} are done\n"
      "{}: {} bytes when done\n",
      images, job.models.size(), job.methods.size(), measurements.records, measurements.records_done,
      planned_store(job).string(), measurements.file_size);
}

std::string time_text(const ResolvedJob& job, const Measurements& measurements, const RunForecast& run) {
  return fmt::format(
      "memory {:.0f} MB a rank at least; decoding {:.1f} ms an image, beside the models\n"
      "on {} ranks like this one ({} threads): {}, efficiency {:.1f} %\n\n",
      static_cast<double>(measurements.memory) * 1e-6, measurements.decode_seconds * 1e3, run.ranks,
      job.config.compute.threads, base::format_duration(run.seconds), 100.0 * run.efficiency);
}

std::string scaling_text(const std::vector<RunForecast>& runs) {
  auto text = fmt::format(
      "If nothing were done yet, simulated with what was measured here:\n  {:>6} {:>7} {:>9} {:>14} {:>11}\n", "ranks",
      "groups", "units", "time", "efficiency");
  for (const auto& run : runs) {
    text += fmt::format("  {:>6} {:>7} {:>9} {:>14} {:>9.1f} %\n", run.ranks, run.groups, run.units,
                        base::format_duration(run.seconds), 100.0 * run.efficiency);
  }
  return text + "\n";
}

std::string scaling_csv(const std::vector<RunForecast>& runs) {
  std::string csv = "ranks,groups,units,seconds,efficiency\n";
  for (const auto& run : runs) {
    csv += fmt::format("{},{},{},{:.3f},{:.6f}\n", run.ranks, run.groups, run.units, run.seconds, run.efficiency);
  }
  return csv;
}

std::string sbatch_line(const job::ParsedJob& parsed, const Measurements& measurements, double seconds) {
  const auto& config = parsed.job;
  const auto hours = static_cast<long long>(2.0 * seconds / 3600.0) + 1;
  const auto megabytes = measurements.memory / 3 * 4 / 1'000'000 + 1;
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

}  // namespace sightline::stages

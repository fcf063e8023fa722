#include "stages/plan/plan_text.hpp"

#include <cmath>
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
  const auto bytes = [](std::uint64_t count) { return base::format_bytes(static_cast<double>(count)); };
  auto text =
      fmt::format("images {}, models {}, methods {}; records {}, of which {} are done\n{}: {} ({} bytes) when done\n",
                  base::format_count(static_cast<std::int64_t>(images)), job.models.size(), job.methods.size(),
                  base::format_count(measurements.records), base::format_count(measurements.records_done),
                  planned_store(job).string(), bytes(measurements.file_size), measurements.file_size);
  if (measurements.half_file_size < measurements.file_size) {
    text += fmt::format("  with --pixel-dtype float16: {}\n", bytes(measurements.half_file_size));
  }
  return text;
}

std::string time_text(const ResolvedJob& job, const Measurements& measurements, const RunForecast& run) {
  const double core_hours =
      run.seconds * static_cast<double>(run.ranks) * static_cast<double>(job.config.compute.threads) / 3600.0;
  auto text = fmt::format(
      "memory {} a rank at least; decoding {:.1f} ms an image, beside the models\n"
      "on {} ranks like this one ({} threads): {}, {} core-hours, efficiency {:.1f} %\n",
      base::format_bytes(static_cast<double>(measurements.memory)), measurements.decode_seconds * 1e3, run.ranks,
      job.config.compute.threads, base::format_duration(run.seconds),
      core_hours < 10.0 ? fmt::format("{:.1f}", core_hours) : base::format_count(std::llround(core_hours)),
      100.0 * run.efficiency);
  const double mixed = 1.0 - measurements.masked_share * (1.0 - measurements.mixed_time);
  if (measurements.mixed_time > 0.0 && mixed < 0.95) {
    text += fmt::format("  with --precision mixed: {:.2f} of the time\n", mixed);
  }
  return text + "\n";
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

std::string sbatch_line(const job::ParsedJob& parsed, const std::string& stage, std::uint64_t memory, double seconds) {
  const auto& config = parsed.job;
  const auto hours = static_cast<long long>(2.0 * seconds / 3600.0) + 1;
  const auto megabytes = memory / 3 * 4 / 1'000'000 + 1;
  const auto [home, script] = batch_script();
  auto line = fmt::format("{}sbatch --ntasks={} --nodes=1-{} --mem-per-cpu={}M --time={}:00:00 {} ", home,
                          config.plan.ranks, config.plan.ranks, megabytes, hours, script);
  line += stage + (stage.empty() ? "" : " ") + (parsed.job_file.empty() ? "JOB.ini" : parsed.job_file);
  for (const auto& [name, value] : parsed.on_command_line) {
    if (name != "ranks" && name.rfind("plan.", 0) != 0) {
      line += fmt::format(" --{} '{}'", name, value);
    }
  }
  return line;
}

}  // namespace sightline::stages

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/command.hpp"
#include "app/output_claim.hpp"
#include "app/run_record.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "sightline_paths.hpp"

namespace sightline::app {
namespace {

namespace fs = std::filesystem;

/// --report.python, else the environment that setup/setup.sh made, else python3 on the PATH.
std::string python_program(const std::string& wanted) {
  const fs::path own = fs::path(SIGHTLINE_SOURCE_FOLDER) / ".deps/python/bin/python";
  return !wanted.empty() ? wanted : fs::exists(own) ? own.string() : "python3";
}

fs::path report_script() {
  const char* folder = std::getenv("SIGHTLINE_ANALYSIS");
  auto script = fs::path(folder != nullptr ? folder : SIGHTLINE_SOURCE_FOLDER "/analysis") / "report.py";
  if (!fs::exists(script)) {
    throw base::input_error("{}: not found; set SIGHTLINE_ANALYSIS to the folder 'analysis' of Sightline's sources",
                            script.string());
  }
  return script;
}

/// Runs a program and waits; its output goes where ours goes. Returns its exit status.
int run_program(std::vector<std::string> words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) {
    throw base::fault("{}: cannot be started (--report.python)", words[0]);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

base::ExitCode report(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  const auto& config = parsed.job;
  if (config.output.empty()) {
    throw base::usage_error("output: is not given; name the folder of the run");
  }
  ranks.together([&] {
    if (!fs::is_directory(config.output)) {
      throw base::input_error("output: {}: no such folder; name that of a run", config.output);
    }
  });
  const OutputClaim claim(ranks, config.output, "report");
  ranks.together([&] {
    if (!ranks.is_root()) {
      return;
    }
    const auto start = std::chrono::steady_clock::now();
    const auto status =
        run_program({python_program(config.python), report_script().string(), config.output, "--images", config.images,
                     "--classes", config.classes, "--count", std::to_string(config.report_images), "--linkage",
                     base::join(config.linkages, ",")});
    if (status != 0) {
      throw base::fault("the report could not be made: analysis/report.py ended with status {}", status);
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    record_stage(config.output, parsed, ranks, {}, "report", {{"seconds", seconds}});
    base::log_info(fmt::format("report: {} and {}", (fs::path(config.output) / "figures").string(),
                               (fs::path(config.output) / "report.html").string()));
  });
  return base::ExitCode::done;
}

}  // namespace sightline::app

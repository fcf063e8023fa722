#include "stages/report/analysis_program.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.hpp"
#include "sightline_paths.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// --report.python, else the environment that setup/setup.sh made, else python3 on the PATH.
std::string python_program(const std::string& wanted) {
  const fs::path own = fs::path(SIGHTLINE_SOURCE_FOLDER) / ".deps/python/bin/python";
  return !wanted.empty() ? wanted : fs::exists(own) ? own.string() : "python3";
}

fs::path script_file(const std::string& name) {
  const char* folder = std::getenv("SIGHTLINE_ANALYSIS");
  auto script = fs::path(folder != nullptr ? folder : SIGHTLINE_SOURCE_FOLDER "/analysis") / name;
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

void run_analysis(const job::JobConfig& config, const std::string& script, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {python_program(config.report.python), script_file(script).string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const auto status = run_program(std::move(words));
  if (status == static_cast<int>(base::ExitCode::input)) {
    throw base::input_error("analysis/{}: what it reads is not as it should be, see above", script);
  }
  if (status != 0) {
    throw base::fault("analysis/{} ended with status {}", script, status);
  }
}

}  // namespace sightline::stages

#include "stages/report/analysis_program.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "base/data_folder.hpp"
#include "base/error.hpp"
#include "base/stop.hpp"

namespace sightline::stages {
namespace {

/// Runs a program with its arguments, waits until it ends, and returns its exit status, or 128 when a signal ended it.
/// It inherits standard output and error. Throws base::Error(fault) when it cannot be started, and Error(stopped) after
/// a signal, which ends the program as well.
int run_program(std::vector<std::string> words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) {
    throw base::fault("{}: cannot be started; name a Python program with --report.python or SIGHTLINE_PYTHON",
                      words[0]);
  }
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (base::stop_requested()) {
      kill(child, SIGTERM);
      waitpid(child, &status, 0);
      base::throw_if_stopped();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

void run_analysis(const job::JobConfig& config, const std::string& script, const std::vector<std::string>& arguments) {
  const auto& wanted = config.report.python;
  const auto file = base::data_folder() / "analysis" / script;
  std::vector<std::string> words = {wanted.empty() ? base::python_program() : wanted, file.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const auto status = run_program(words);
  if (status == static_cast<int>(base::ExitCode::input)) {
    throw base::input_error("analysis/{}: the script refused its input, see its message above", script);
  }
  if (status == static_cast<int>(base::ExitCode::fault)) {
    throw base::fault("analysis/{}: {} lacks packages, see its message above", script, words[0]);
  }
  if (status != 0) {
    throw base::fault("analysis/{} ended with status {}", script, status);
  }
}

}  // namespace sightline::stages

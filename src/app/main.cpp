// sightline COMMAND [JOB.ini] [--option value ...]

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <fmt/format.h>

#include "app/all_options.hpp"
#include "app/command.hpp"
#include "base/find_named.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "comm/signals.hpp"
#include "comm/watchdog.hpp"
#include "stages/run/failure.hpp"
#include "stages/run/version.hpp"

namespace {

using namespace sightline;

std::string overview() {
  std::string text =
      "Compares image classifiers through their explanations.\n\nUsage: sightline COMMAND [JOB.ini] [--option value "
      "...]\n\n";
  for (const auto& command : app::all_commands()) {
    text += fmt::format("  {:<10} {:<32} {}\n", command.name, command.usage, command.summary);
  }
  return text + "\n'sightline COMMAND --help' lists the options of a command; the same names work in a job file.\n";
}

const app::Command& find_command(const std::string& name) {
  return base::find_named(app::all_commands(), name, &app::Command::name, [](const base::UnknownName& unknown) {
    return base::usage_error("'{}' is not a command.{} 'sightline --help' lists them.", unknown.name, unknown.hint());
  });
}

/// Throws one base::Error(usage) about all mistakes, if there are any.
void refuse_mistakes(const std::vector<std::string>& mistakes) {
  if (mistakes.size() == 1) {
    throw base::usage_error("{}", mistakes.front());
  }
  if (!mistakes.empty()) {
    throw base::usage_error("{} mistakes:\n  {}", mistakes.size(), base::join(mistakes, "\n  "));
  }
}

/// Reports the error that ends the program; to be called on the rank on which it arose.
void fail(const comm::Communicator& ranks, const base::Error& error) {
  base::log_error(error.what());
  stages::report_failure(ranks, error.code(), error.what());
}

base::ExitCode run(const comm::Communicator& ranks, const std::vector<std::string>& words) {
  const auto print = [&](const std::string& text) {
    if (ranks.is_root()) {
      std::fputs(text.c_str(), stdout);
    }
    return base::ExitCode::done;
  };
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    return print(overview());
  }
  if (words[0] == "--version") {
    return print(stages::version_text());
  }
  const auto& command = find_command(words[0]);
  job::ParsedJob parsed;
  ranks.all_or_throw([&] { parsed = job::parse_arguments({words.begin() + 1, words.end()}, app::all_options()); });
  if (parsed.help) {
    return print(fmt::format("sightline {} {}\n{}\n\n{}", command.name, command.usage, command.summary,
                             job::help_text(command.topics, app::all_options())));
  }
  if (!command.reports_mistakes || !parsed.job_file_read) {
    ranks.all_or_throw([&] { refuse_mistakes(parsed.mistakes); });
  }
  if (parsed.job.explain.part.count > 1 && command.name != "attribute") {
    throw base::usage_error("part: only 'sightline attribute' has this option; 'sightline merge' joins the parts");
  }
  const auto& supervision = parsed.job.supervision;
  comm::set_grace(std::chrono::seconds(supervision.grace));
  ranks.all_or_throw([&] { base::log_to_file(supervision.log_file, ranks.rank()); });
  const comm::Watchdog watchdog(ranks, std::chrono::seconds(supervision.stall), [&](const std::string& stalled) {
    fail(ranks, base::fault("no progress for {} s (--stall): {}", supervision.stall, stalled));
  });
  const auto code = command.run(ranks, parsed);
  if (code == base::ExitCode::stopped && ranks.is_root()) {
    base::log_info(command.name + ": stopped by a signal; what is finished is saved, run again to continue");
  }
  return code;
}

/// The exit code of the program.
int run_program(int argc, char** argv) {
  comm::catch_stop_signals();
  try {
    const comm::Environment environment(&argc, &argv);
    const comm::Communicator ranks;
    base::log_init(ranks.rank(), ranks.size());
    stages::remember_command_line({argv + 1, argv + argc});
    try {
      return static_cast<int>(run(ranks, {argv + 1, argv + argc}));
    } catch (const base::Error& error) {
      if (ranks.is_root()) {
        base::log_error(error.what());
      }
      if (ranks.rank() == error.rank()) {
        stages::report_failure(ranks, error.code(), error.what());
      }
      return static_cast<int>(error.code());
    } catch (const std::exception& error) {
      // Only base::Error is the same on every rank. Other ranks may be waiting for this one, so all of them are ended.
      const std::string what = error.what();
      fail(ranks, base::fault("{}", what.substr(0, what.find("\nException raised from"))));  // LibTorch's stack trace
      ranks.abort(static_cast<int>(base::ExitCode::fault));
    }
  } catch (const std::exception& error) {
    base::log_error(error.what());
  }
  return static_cast<int>(base::ExitCode::fault);
}

}  // namespace

int main(int argc, char** argv) {
  const int code = run_program(argc, argv);
#ifndef __SANITIZE_ADDRESS__  // which looks for leaks at a normal end
  // A normal end would run LibTorch's destructors, which take back its operators one by one: a quarter of the time of a
  // short command. Nothing of ours is left to destroy.
  std::fflush(nullptr);
  std::_Exit(code);
#endif
  return code;
}

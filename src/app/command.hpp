#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::app {

/// One command of the program: a row of the overview, and what it runs.
struct Command {
  std::string name;
  std::string usage;               ///< its positional arguments
  std::string summary;             ///< one line for the overview
  std::vector<job::Topic> topics;  ///< the options that `--help` lists for it
  /// collective. Called on every rank with arguments that were parsed without mistakes. Returns the exit code; throws
  /// base::Error, the same on every rank, when it fails.
  std::function<base::ExitCode(const comm::Communicator&, const job::ParsedJob&)> run;
  bool adds_mistakes = false;  ///< gets arguments with mistakes too, and reports them with those that only it can see
};

/// Every command, in the order of commands.def.
const std::vector<Command>& all_commands();

}  // namespace sightline::app

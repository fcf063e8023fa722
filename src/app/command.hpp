#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::app {

/// What a command runs. collective. Called on every rank with arguments that were parsed without mistakes. Returns the
/// exit code; throws base::Error, the same on every rank, when it fails.
using CommandFunction = std::function<base::ExitCode(const comm::Communicator&, const job::ParsedJob&)>;

/// One command of the program: a row of the overview, and what it runs.
struct Command {
  std::string name;
  std::string usage;               ///< its positional arguments
  std::string summary;             ///< one line for the overview
  std::vector<job::Topic> topics;  ///< the options that `--help` lists for it
  CommandFunction run;
  bool adds_mistakes = false;  ///< gets arguments with mistakes too, and reports them with those that only it can see
};

/// A stage as the function of a command: the root writes what the stage prints to standard output, and flushes it.
CommandFunction to_stdout(base::ExitCode (*stage)(const comm::Communicator&, const job::ParsedJob&,
                                                  const stages::Print&));

/// Every command, in the order of commands.def.
const std::vector<Command>& all_commands();

}  // namespace sightline::app

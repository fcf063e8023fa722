#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::app {

/// The function of a command. collective. It is called on every rank with the parsed arguments, and returns the exit
/// code. It throws base::Error, the same on every rank, when it fails.
using CommandFunction = std::function<base::ExitCode(const comm::Communicator&, const job::ParsedJob&)>;

/// One command of the program.
struct Command {
  std::string name;
  std::string usage;               ///< the arguments, as the overview of all commands shows them
  std::string summary;             ///< one line for the overview
  std::vector<job::Topic> topics;  ///< the topics whose options `sightline COMMAND --help` lists
  CommandFunction run;
  /// Whether `run` also gets arguments with mistakes (ParsedJob::mistakes), because it finds further ones and reports
  /// all of them together. Otherwise it is not called when there are mistakes. No command is called when the job file
  /// cannot be read.
  bool reports_mistakes = false;
};

/// A stage as the function of a command: the texts that the stage prints are written to standard output, which is
/// flushed after each.
CommandFunction to_stdout(base::ExitCode (*stage)(const comm::Communicator&, const job::ParsedJob&,
                                                  const stages::Print&));

/// All commands in the order of commands.def.
const std::vector<Command>& all_commands();

}  // namespace sightline::app

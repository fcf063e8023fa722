#include <cstdio>

#include "app/command.hpp"

namespace sightline::app {

CommandFunction to_stdout(base::ExitCode (*stage)(const comm::Communicator&, const job::ParsedJob&,
                                                  const stages::Print&)) {
  return [stage](const comm::Communicator& ranks, const job::ParsedJob& parsed) {
    return stage(ranks, parsed, [](const std::string& text) {
      std::fputs(text.c_str(), stdout);
      std::fflush(stdout);
    });
  };
}

#define COMMAND(name) Command name##_command();
#include "app/commands.def"
#undef COMMAND

const std::vector<Command>& all_commands() {
  static const std::vector<Command> commands = {
#define COMMAND(name) name##_command(),
#include "app/commands.def"
#undef COMMAND
  };
  return commands;
}

}  // namespace sightline::app

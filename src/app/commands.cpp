#include "app/command.hpp"

namespace sightline::app {

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

#include "stages/report/export.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command export_command() {
  return {.name = "export",
          .usage = "FILE.h5 --to FORMAT --output FOLDER",
          .summary = "maps for other tools: npy, png, virelay",
          .topics = {Topic::output, Topic::images, Topic::python, Topic::export_format},
          .run = &stages::export_store};
}

}  // namespace sightline::app

#include "stages/check/check.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command check_command() {
  return {.name = "check",
          .usage = "",
          .summary = "tests MPI, devices, parallel HDF5 and a model on this cluster and reports faults",
          .topics = {Topic::output, Topic::models, Topic::images, Topic::predict, Topic::bad_images},
          .run = to_stdout(&stages::check)};
}

}  // namespace sightline::app

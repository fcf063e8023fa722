#include "stages/report/report.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command report_command() {
  return {.name = "report",
          .usage = "[JOB.ini]",
          .summary = "tables and explanations -> figures/*.png and report.html",
          .topics = {Topic::output, Topic::images, Topic::report, Topic::stored_explanations, Topic::python},
          .run = &stages::report};
}

}  // namespace sightline::app

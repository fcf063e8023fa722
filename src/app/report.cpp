#include "stages/report/report.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command report_command() {
  return {.name = "report",
          .usage = "[JOB.ini]",
          .summary = "tables and explanations -> figures/*.png and report.html",
          .topics = {Topic::output, Topic::photos, Topic::report, Topic::stored, Topic::python},
          .run = &stages::report};
}

}  // namespace sightline::app

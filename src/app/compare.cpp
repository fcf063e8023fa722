#include "stages/compare/compare.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command compare_command() {
  return {.name = "compare",
          .usage = "[JOB.ini]",
          .summary = "explanations.h5 -> comparison.h5 and tables/*.csv",
          .topics = {Topic::output, Topic::models, Topic::methods, Topic::compare, Topic::stored_explanations},
          .run = to_stdout(&stages::compare)};
}

}  // namespace sightline::app

#include "stages/merge/merge.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command merge_command() {
  return {.name = "merge",
          .usage = "[JOB.ini] [PART ...]",
          .summary = "joins the stores of parts (attribute --part K/N) into one",
          .topics = {Topic::output},
          .run = &stages::merge};
}

}  // namespace sightline::app

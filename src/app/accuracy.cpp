#include "stages/explain/accuracy.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command accuracy_command() {
  return {.name = "accuracy",
          .usage = "[JOB.ini]",
          .summary = "top-1 and top-5 by each model's own recipe and at 224 x 224",
          .topics = {Topic::output, Topic::models, Topic::photos, Topic::predict, Topic::reading},
          .run = to_stdout(&stages::accuracy),
          .adds_mistakes = true};
}

}  // namespace sightline::app

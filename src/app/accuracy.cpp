#include "stages/explain/accuracy.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command accuracy_command() {
  return {.name = "accuracy",
          .usage = "[JOB.ini]",
          .summary = "top-1 and top-5 accuracy by each model's own transforms and at 224 x 224",
          .topics = {Topic::output, Topic::models, Topic::images, Topic::predict, Topic::perturb, Topic::bad_images},
          .run = to_stdout(&stages::accuracy),
          .reports_mistakes = true};
}

}  // namespace sightline::app

#include "stages/represent/represent.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command represent_command() {
  return {.name = "represent",
          .usage = "[JOB.ini]",
          .summary = "how alike models represent the same images: CKA, RSA, Procrustes, mutual neighbours",
          .topics = {Topic::output, Topic::models, Topic::images, Topic::predict, Topic::perturb, Topic::bad_images,
                     Topic::seed, Topic::represent},
          .run = to_stdout(&stages::represent),
          .reports_mistakes = true};
}

}  // namespace sightline::app

#include "stages/bias/bias.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command bias_command() {
  return {.name = "bias",
          .usage = "[JOB.ini]",
          .summary = "what else do models take for a class? pairs of the worst predicted images, explained",
          .topics = {Topic::output, Topic::models, Topic::photos, Topic::predict, Topic::reading, Topic::seed,
                     Topic::methods, Topic::explain, Topic::parameters, Topic::scores, Topic::bias},
          .run = to_stdout(&stages::bias),
          .adds_mistakes = true};
}

}  // namespace sightline::app

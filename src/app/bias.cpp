#include "stages/bias/bias.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command bias_command() {
  return {.name = "bias",
          .usage = "[JOB.ini]",
          .summary = "explains pairs of the worst predicted images: which other classes draw relevance",
          .topics = {Topic::output, Topic::models, Topic::images, Topic::predict, Topic::bad_images, Topic::seed,
                     Topic::methods, Topic::explain, Topic::parameters, Topic::score_intervals, Topic::bias},
          .run = to_stdout(&stages::bias),
          .reports_mistakes = true};
}

}  // namespace sightline::app

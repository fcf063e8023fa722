#include "stages/focus/focus.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command focus_command() {
  return {.name = "focus",
          .usage = "[JOB.ini]",
          .summary = "mosaics x models x methods -> focus.h5 and tables/focus_*.csv",
          .topics = {Topic::output, Topic::models, Topic::images, Topic::predict, Topic::bad_images, Topic::seed,
                     Topic::methods, Topic::explain, Topic::parameters, Topic::mosaics, Topic::focus,
                     Topic::score_intervals},
          .run = to_stdout(&stages::focus),
          .reports_mistakes = true};
}

}  // namespace sightline::app

#include "app/command.hpp"
#include "stages/plan/plan_job.hpp"

namespace sightline::app {

using job::Topic;

Command plan_command() {
  return {.name = "plan",
          .usage = "JOB.ini --ranks N",
          .summary = "forecasts a job: records, file size, time and efficiency on N ranks",
          .topics = {Topic::output, Topic::models, Topic::images, Topic::predict, Topic::perturb, Topic::bad_images,
                     Topic::seed, Topic::methods, Topic::explain, Topic::compare, Topic::stored_explanations,
                     Topic::plan, Topic::mosaics, Topic::focus, Topic::score_intervals, Topic::python},
          .run = to_stdout(&stages::plan_job)};
}

}  // namespace sightline::app

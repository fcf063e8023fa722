#include "stages/explain/attribute.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command attribute_command() {
  return {.name = "attribute",
          .usage = "[JOB.ini]",
          .summary = "images x models x methods -> explanations.h5",
          .topics = {Topic::output, Topic::models, Topic::images, Topic::predict, Topic::perturb, Topic::bad_images,
                     Topic::seed, Topic::methods, Topic::explain, Topic::parameters, Topic::part},
          .run = &stages::attribute,
          .reports_mistakes = true};
}

}  // namespace sightline::app

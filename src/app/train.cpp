#include "stages/train/train.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command train_command() {
  return {.name = "train",
          .usage = "--train FOLDER [--val FOLDER]",
          .summary = "trains new classifiers or whole models on labelled images -> weights",
          .topics = {Topic::output, Topic::models, Topic::predict, Topic::bad_images, Topic::seed, Topic::train},
          .run = to_stdout(&stages::train),
          .reports_mistakes = true};
}

}  // namespace sightline::app

#include "stages/focus/mosaics.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command mosaics_command() {
  return {.name = "mosaics",
          .usage = "--images FOLDER --output FOLDER",
          .summary = "draws mosaics of images of several classes and writes them as PNGs, with mosaics.csv",
          .topics = {Topic::output, Topic::images, Topic::bad_images, Topic::seed, Topic::mosaics},
          .run = to_stdout(&stages::mosaics)};
}

}  // namespace sightline::app

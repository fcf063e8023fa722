#include "stages/pack/pack.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command pack_command() {
  return {.name = "pack",
          .usage = "--images FOLDER --output FOLDER",
          .summary = "packs images into tar archives with labels, in WebDataset's layout",
          .topics = {Topic::output, Topic::images, Topic::bad_images, Topic::pack},
          .run = to_stdout(&stages::pack)};
}

}  // namespace sightline::app

#include "stages/cluster/cluster.hpp"

#include "app/command.hpp"

namespace sightline::app {

using job::Topic;

Command cluster_command() {
  return {.name = "cluster",
          .usage = "[JOB.ini] | MATRIX.csv|comparison.h5",
          .summary = "dissimilarity matrices -> linkage trees, communities, PCA and MDS",
          .topics = {Topic::output, Topic::cluster},
          .run = &stages::cluster};
}

}  // namespace sightline::app

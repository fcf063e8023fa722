#include "app/command.hpp"

namespace sightline::app {

const std::vector<Command>& all_commands() {
  // A new command: one line here and one file.
  static const std::vector<Command> commands = {
      {"run", "JOB.ini", "everything the job names, in order, resuming what is there", &run_job, true},
      {"attribute", "[JOB.ini]", "images x models x methods -> explanations.h5", &attribute, true},
      {"accuracy", "[JOB.ini]", "top-1 and top-5 by each model's own recipe and at 224 x 224", &accuracy, true},
      {"compare", "[JOB.ini]", "explanations.h5 -> comparison.h5 and tables/*.csv", &compare},
      {"cluster", "[JOB.ini] | MATRIX.csv|comparison.h5", "dissimilarity matrices -> linkage trees", &cluster},
      {"report", "[JOB.ini]", "tables and explanations -> figures/*.png and report.html", &report},
      {"export", "FILE.h5 --to FORMAT --output FOLDER", "maps for other tools: npy, png, virelay", &export_store},
      {"mosaics", "--images FOLDER --output FOLDER", "mosaics of two classes' pictures as PNGs, and mosaics.csv",
       &mosaics},
      {"focus", "[JOB.ini]", "mosaics x models x methods -> focus.h5 and tables/focus_*.csv", &focus, true},
      {"bias", "[JOB.ini]", "what else do models take for a class? pairs of the worst predicted images, explained",
       &bias, true},
      {"train", "--train FOLDER [--val FOLDER]", "new classifiers for the models, from labelled images -> weights",
       &train, true},
      {"models", "[--json]", "list the models there are", &list_models},
      {"methods", "[--json]", "list the attribution methods there are", &list_methods},
      {"plan", "JOB.ini --ranks N", "what would be done: units, records, file size, time and efficiency on N ranks",
       &plan_job},
      {"check", "", "tries MPI, devices, parallel HDF5 and a model on this cluster; says what is wrong", &check},
      {"merge", "[JOB.ini] [PART ...]", "joins the stores of parts (attribute --part K/N) into one", &merge},
      {"status", "FOLDER", "how far a run is: done, missing, rate, time left, who holds it", &status},
      {"inspect", "FILE.h5", "what a store holds: done, missing and corrupt records", &inspect},
  };
  return commands;
}

}  // namespace sightline::app

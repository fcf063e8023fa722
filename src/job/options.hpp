#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "job/job_config.hpp"

namespace sightline::job {

/// The subject of an option. A command names the topics whose options its `--help` lists.
enum class Topic {
  output,               ///< the folder of a run, and how a command ends
  models,               ///< choice of models
  methods,              ///< choice of attribution methods
  images,               ///< choice of images, and names of their classes
  predict,              ///< weights, transforms, devices and batches
  perturb,              ///< change of the models' input
  bad_images,           ///< treatment of images that cannot be read
  seed,                 ///< seed of random numbers
  explain,              ///< targets and layers
  parameters,           ///< parameters of the methods
  part,                 ///< choice of a part of the images
  represent,            ///< similarity of representations
  compare,              ///< metrics and statistics of comparisons
  stored_explanations,  ///< explanations of another run
  cluster,              ///< trees, communities and projections
  report,               ///< figures and the report
  python,               ///< the Python interpreter that draws and exports
  export_format,        ///< formats for other programs
  mosaics,              ///< drawing of mosaics
  focus,                ///< evaluation of maps of mosaics
  score_intervals,      ///< bootstrap intervals of scores
  bias,                 ///< search for biases
  train,                ///< training of heads and fine-tuning
  plan,                 ///< forecast of a run
  pack,                 ///< packing of pictures into archives
};

/// An option of the command line (--kernelshap.samples 350) and, with the same name, of job files ([kernelshap]
/// samples = 350).
struct Option {
  std::string name;
  std::string placeholder;    ///< stands for the value, with its unit: "N images", "FOLDER", "common|model"
  std::string default_value;  ///< as a user would type it; empty = none
  std::string help;           ///< one phrase; names the default only where default_value is empty
  Topic topic;                ///< the commands with this topic list the option in their `--help`
  /// Checks the value and writes it into the job. Throws base::Error(usage) with a message that says which values are
  /// allowed; the caller adds the option's name.
  std::function<void(JobConfig&, const std::string& value)> set;
};

/// All options except the parameters of methods and metrics, in the order of the help text.
const std::vector<Option>& general_options();

/// The result of parsing the words after the command's name.
struct ParsedJob {
  JobConfig job;
  std::string job_file;                       ///< path of the job file; empty = none was named
  bool job_file_read = true;                  ///< false if a job file was named that cannot be read or is not one
  std::vector<std::string> positionals;       ///< words that belong to no option, without the job file
  std::map<std::string, std::string> values;  ///< the text of every option that is given or has a default, by name
  std::map<std::string, std::string> on_command_line;  ///< the text of the options given on the command line, by name
  std::vector<std::string> mistakes;                   ///< one sentence per mistake; empty = none
  bool help = false;                                   ///< --help or -h is given
  bool json = false;                                   ///< --json is given
};

/// Parses the words after the command's name. `options` are all options of the program. A positional word that ends in
/// .ini is the path of a job file, whose values the command line overrides; the other positional words are left to the
/// command. Mistakes of the user are not thrown but collected in ParsedJob::mistakes.
ParsedJob parse_arguments(const std::vector<std::string>& words, const std::vector<Option>& options);

/// The part of a command's `--help` that lists the options of its topics, with placeholder, help text and default.
std::string help_text(const std::vector<Topic>& topics, const std::vector<Option>& options);

}  // namespace sightline::job

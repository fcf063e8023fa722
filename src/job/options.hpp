#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "job/job_config.hpp"

namespace sightline::job {

/// What an option is about. A command names the topics that it has to do with.
enum class Topic {
  output,               ///< the run's folder
  models,               ///< which models
  methods,              ///< which attribution methods
  images,               ///< which images, and what their classes are called
  predict,              ///< weights, transforms and devices
  bad_images,           ///< what becomes of images that cannot be read
  seed,                 ///< random choices
  explain,              ///< targets and layers
  parameters,           ///< the parameters of every method
  part,                 ///< a share of the images
  compare,              ///< metrics and statistics
  stored_explanations,  ///< explanations of another run
  cluster,              ///< trees, communities and projections
  report,               ///< figures
  python,               ///< the Python program that draws
  export_format,        ///< formats of other tools
  mosaics,              ///< how mosaics are drawn
  focus,                ///< what maps on mosaics are judged by
  score_intervals,      ///< intervals of Focus scores
  bias,                 ///< pairs of the worst predicted images
  train,                ///< heads and fine-tuning
  plan,                 ///< what is planned
};

/// One option, the same on the command line (--kernelshap.samples 350) and in a job file ([kernelshap] samples = 350).
struct Option {
  std::string name;
  std::string placeholder;    ///< what the value is, with its unit: "N images", "FOLDER", "common|model"
  std::string default_value;  ///< as it would be typed; empty = none
  std::string help;
  Topic topic;  ///< the commands with this topic list it in their `--help`
  /// Writes the value into the job. Throws base::Error(usage) saying what would be right, without the option's name.
  std::function<void(JobConfig&, const std::string& value)> set;
};

/// The options that do not belong to a method, in the order of the help text.
const std::vector<Option>& general_options();

/// A command line taken apart: the positional words after the command, the job file among them if there is one.
struct ParsedJob {
  JobConfig job;
  std::string job_file;       ///< empty = none
  bool job_file_read = true;  ///< false: it is not as it should be, so nothing is known of what it says
  std::vector<std::string> positionals;
  std::map<std::string, std::string> values;  ///< every option that has a value, as text: what is written to run.json
  std::map<std::string, std::string> on_command_line;  ///< the options that were given there
  std::vector<std::string> mistakes;                   ///< one sentence each; empty = all is well
  bool help = false;
  bool json = false;
};

/// Reads the words after the command's name. A positional that ends in .ini is the job file (read first; the command
/// line wins); other positionals are left to the command. Every mistake is collected, none is thrown.
/// `options`: all that exist.
ParsedJob parse_arguments(const std::vector<std::string>& words, const std::vector<Option>& options);

/// The options of a command as `--help` prints them: every option of its topics with placeholder, default and help.
std::string help_text(const std::vector<Topic>& topics, const std::vector<Option>& options);

}  // namespace sightline::job

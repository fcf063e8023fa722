#include "manual/man_page.hpp"

#include <map>
#include <vector>

#include <fmt/format.h>

#include "app/all_options.hpp"
#include "app/command.hpp"
#include "base/text.hpp"
#include "manual/topics.hpp"
#include "stages/run/version.hpp"

namespace sightline::manual {
namespace {

/// Escapes a text so that roff prints it literally. A '-' is printed as the ASCII character, which can be copied.
std::string plain(const std::string& text) {
  static const std::map<char, std::string> escapes = {{'\\', "\\(rs"}, {'-', "\\-"},   {'^', "\\(ha"},
                                                      {'~', "\\(ti"},  {'`', "\\(ga"}, {'\'', "\\(aq"}};
  std::string escaped = text.starts_with('.') ? "\\&" : "";
  for (const char character : text) {
    const auto found = escapes.find(character);
    escaped += found == escapes.end() ? std::string(1, character) : found->second;
  }
  return escaped;
}

std::string bold(const std::string& text) {
  return "\\fB" + plain(text) + "\\fR";
}

std::string italic(const std::string& text) {
  return text.empty() ? "" : "\\fI" + plain(text) + "\\fR";
}

/// A paragraph that explains a term.
std::string entry(const std::string& term, const std::string& text) {
  return fmt::format(".TP\n{}\n{}\n", term, plain(text));
}

std::string head() {
  const auto version = stages::program_version();
  return fmt::format(
      ".\\\" Generated from the tables of commands and options by sightline_manual.\n"
      ".TH SIGHTLINE 1 \"\" \"sightline {}\" \"User Commands\"\n"
      ".SH NAME\nsightline \\- compares image classifiers through their explanations\n"
      ".SH SYNOPSIS\n.B sightline\n.I COMMAND\n.RI [ JOB.ini ]\n.RB [ \\-\\-option\n.IR value \" ...]\"\n.br\n"
      ".B mpirun \\-n\n.I N\n.B sightline\n.I COMMAND\n.RI [ JOB.ini ]\n.RB [ \\-\\-option\n.IR value \" ...]\"\n"
      ".SH DESCRIPTION\n",
      plain(version.substr(0, version.find(' '))));
}

std::string description() {
  return plain(
             "Sightline explains the same images with many models on many MPI ranks, compares every pair of models "
             "image by image, and clusters the models by how alike their explanations are. It rates attribution "
             "methods by the Focus score on mosaics, and searches images for evidence that models wrongly take for a "
             "class.") +
         "\n.PP\n" +
         plain(
             "Every command runs alone, under mpirun or under srun. Each option is also a key of a job file: "
             "--gradcam.layer 0.5 is layer = 0.5 in the section [gradcam]. The command line overrides the job file. "
             "All mistakes of a job are reported at once, before anything is computed. A stopped run "
             "is continued by giving the same command again.") +
         "\n";
}

std::string commands() {
  std::string text = ".SH COMMANDS\n";
  for (const auto& command : app::all_commands()) {
    text += entry(bold(command.name) + " " + italic(command.usage), command.summary);
  }
  text += entry(bold("--help"), "Lists the commands; after a command, its options.");
  text += entry(bold("--version"), "Prints the versions of Sightline and of the libraries it runs with.");
  return text;
}

std::string option_entry(const job::Option& option) {
  const auto fallback = option.default_value.empty() ? "" : fmt::format(" (default: {})", option.default_value);
  return entry(bold("--" + option.name) + " " + italic(option.placeholder), option.help + fallback);
}

std::string options() {
  std::string text = ".SH OPTIONS\n";
  for (const auto topic : all_topics()) {
    text += fmt::format(".SS {}\n{}\n", plain(title_of(topic)),
                        plain("Taken by " + base::join(commands_with(topic), ", ") + "."));
    for (const auto& option : app::all_options()) {
      if (option.topic == topic) {
        text += option_entry(option);
      }
    }
  }
  return text;
}

std::string exit_status() {
  return ".SH EXIT STATUS\n" + entry(bold("0"), "Done.") + entry(bold("2"), "A bad option or job file.") +
         entry(bold("3"), "Bad input: an image, weights, a store or a table.") +
         entry(bold("4"), "A fault at run time: a full disk, too little memory, a broken cluster.") +
         entry(bold("75"),
               "Stopped by SIGTERM, SIGUSR1 or SIGINT; everything finished is saved, and the same command continues. "
               "Under mpirun and srun send SIGUSR1, which both pass on to the ranks.");
}

std::string environment() {
  return ".SH ENVIRONMENT\n" +
         entry(
             bold("SIGHTLINE_DATA"),
             "The folder with analysis/, jobs/, slurm/ and models/, where it is neither ../share/sightline beside the "
             "program nor the source tree that the program was built in.") +
         entry(bold("SIGHTLINE_PYTHON"),
               "The Python interpreter for figures, report and export; --report.python overrides it. Default: the "
               "environment that setup/setup.sh made in a source tree, else python3 on the PATH.") +
         entry(bold("SIGHTLINE_HOME"), "For sbatch with the scripts of slurm/: the folder that slurm/ lies in.") +
         entry(bold("SIGHTLINE, SIGHTLINE_MPI"),
               "For the scripts of slurm/ and jobs/: the path of the program, and the value of srun's --mpi (default: "
               "pmix).");
}

std::string files() {
  return ".SH FILES\n" + entry(italic("OUTPUT/run.json"), "The job as resolved, versions, ranks, seconds per stage.") +
         entry(italic("OUTPUT/explanations.h5"), "Raw explanations and predictions of every model and image.") +
         entry(italic("OUTPUT/comparison.h5"), "Similarity and dissimilarity of every pair, with bootstrap limits.") +
         entry(italic("OUTPUT/focus.h5"), "Explanations of mosaics and their scores.") +
         entry(italic("OUTPUT/tables/*.csv"), "Every matrix and table.") +
         entry(italic("OUTPUT/figures/*.png, OUTPUT/report.html"),
               "The figures and the page that the command report makes.") +
         entry(italic("OUTPUT/sightline.lock"),
               "The lock of the job that writes to the folder; the job removes it when it ends.") +
         entry(italic("PREFIX/share/sightline/jobs/*.ini"), "Job files: the quickstart and the comparison study's.") +
         entry(italic("PREFIX/share/sightline/slurm"), "Scripts for sbatch.") +
         entry(italic("PREFIX/share/sightline/models/fetch_weights.py"), "Fetches weights.") +
         entry(italic("PREFIX/share/sightline/requirements.txt"), "The Python packages of figures and report.");
}

std::string example(const std::string& text, const std::string& command) {
  return fmt::format(".PP\n{}\n.PP\n.nf\n.RS\n{}\n.RE\n.fi\n", plain(text), plain(command));
}

std::string examples() {
  return ".SH EXAMPLES\n" +
         example(
             "Everything that a job names, on eight ranks, on the first 1024 of the shuffled images:",
             "mpirun -n 8 sightline run JOB.ini --images val --shuffle 1 --limit 1024 --output runs/imagenet-1024") +
         example("A run without weights at hand, to try the installation:",
                 "sightline run --models lite --weights synthetic:1 --images photos --output runs/try") +
         example("Trees of a matrix that another program made:",
                 "sightline cluster dissimilarity.csv --cluster.linkage average,ward --output runs/trees") +
         example("How long and how large, before a large run:", "sightline plan JOB.ini --ranks 256");
}

}  // namespace

std::string man_page() {
  return head() + description() + commands() + options() + exit_status() + environment() + files() + examples();
}

}  // namespace sightline::manual

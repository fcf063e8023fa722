#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::app {

/// One command of the program. `run` is called on every rank with arguments that were parsed without mistakes, returns
/// the exit code, and throws base::Error, the same on every rank, when it fails.
struct Command {
  std::string name;
  std::string usage;  ///< its positional arguments
  std::string summary;
  std::function<base::ExitCode(const comm::Communicator&, const job::ParsedJob&)> run;
  bool adds_mistakes = false;  ///< gets arguments with mistakes too, and reports them with those that only it can see
};

const std::vector<Command>& all_commands();

// One function per command file.
base::ExitCode run_job(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode attribute(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode accuracy(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode compare(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode cluster(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode mosaics(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode focus(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode bias(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode train(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode report(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode export_store(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode list_models(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode list_methods(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode plan_job(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode check(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode merge(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode status(const comm::Communicator& ranks, const job::ParsedJob& parsed);
base::ExitCode inspect(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::app

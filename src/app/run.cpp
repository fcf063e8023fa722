#include "app/command.hpp"
#include "app/resolved_job.hpp"
#include "comm/signals.hpp"

namespace sightline::app {

base::ExitCode run_job(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  ranks.together([&] { resolve(parsed); });  // all mistakes before anything is computed
  for (const auto stage : {&attribute, &compare, &cluster, &report}) {
    if (stage == &attribute && !parsed.job.explanations.empty()) {
      continue;  // those of another run are compared
    }
    if (const auto code = stage(ranks, parsed); code != base::ExitCode::done) {
      return code;
    }
    if (ranks.any(comm::stop_requested())) {
      return base::ExitCode::stopped;
    }
  }
  return base::ExitCode::done;
}

}  // namespace sightline::app

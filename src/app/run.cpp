#include "app/command.hpp"
#include "base/stop.hpp"
#include "stages/cluster/cluster.hpp"
#include "stages/cluster/item_groups.hpp"
#include "stages/compare/compare.hpp"
#include "stages/compare/image_facts.hpp"
#include "stages/explain/attribute.hpp"
#include "stages/report/report.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::app {
namespace {

using job::Topic;

base::ExitCode run_job(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  ranks.all_or_throw([&] {
    stages::resolve(parsed);  // reports all mistakes before anything is computed
    stages::require_unperturbed(parsed.job, "sightline run");
    stages::check_comparison(parsed.job);
    if (ranks.is_root()) {
      const stages::ItemGroups groups(parsed.job);  // a file that cannot be read is told before the maps are made
      if (!parsed.job.compare.facts.empty()) {
        stages::read_image_facts(parsed.job.compare.facts, {});
      }
    }
  });
  std::vector<CommandFunction> stages = {to_stdout(&stages::compare), &stages::cluster, &stages::report};
  if (parsed.job.compare.explanations.empty()) {  // otherwise the maps of another run are compared
    stages.insert(stages.begin(), &stages::attribute);
  }
  for (const auto& stage : stages) {
    if (const auto code = stage(ranks, parsed); code != base::ExitCode::done) {
      return code;
    }
    if (ranks.any(base::stop_requested())) {
      return base::ExitCode::stopped;
    }
  }
  return base::ExitCode::done;
}

}  // namespace

Command run_command() {
  return {.name = "run",
          .usage = "JOB.ini",
          .summary = "attribute, compare, cluster and report in one go; resumes what is done",
          .topics = {Topic::output, Topic::models, Topic::images, Topic::predict, Topic::bad_images, Topic::seed,
                     Topic::methods, Topic::explain, Topic::parameters, Topic::compare, Topic::cluster, Topic::report,
                     Topic::stored_explanations, Topic::python},
          .run = &run_job,
          .reports_mistakes = true};
}

}  // namespace sightline::app

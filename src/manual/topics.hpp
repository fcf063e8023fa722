#pragma once

#include <string>
#include <vector>

#include "app/command.hpp"
#include "job/options.hpp"

namespace sightline::manual {

/// The heading of a topic's options in the manual.
std::string title_of(job::Topic topic);

/// Whether a command lists the options of a topic.
bool takes(const app::Command& command, job::Topic topic);

/// The names of the commands that list the options of a topic, in the order of `sightline --help`.
std::vector<std::string> commands_with(job::Topic topic);

/// The topics of all options, in the order in which they first occur in the table of options.
std::vector<job::Topic> all_topics();

}  // namespace sightline::manual

#pragma once

#include <string>

namespace sightline::manual {

/// A bash script that defines the completion of `sightline`: of the commands, of the options of a command, and of an
/// option's values where its placeholder tells them. It consists of the tables of commands and options, followed by
/// `functions`, the text of completion.bash, which reads the tables. It requires bash 4 and nothing else.
std::string bash_completion(const std::string& functions);

}  // namespace sightline::manual

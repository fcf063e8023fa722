#pragma once

#include <string>

namespace sightline::manual {

/// A script that bash sources to complete `sightline`: commands, the options of the command, and the values of an
/// option where its row in the table of options says what they are. It needs nothing but bash 4. It is the tables of
/// commands and options followed by `functions`, the text of completion.bash, which reads them.
std::string bash_completion(const std::string& functions);

}  // namespace sightline::manual

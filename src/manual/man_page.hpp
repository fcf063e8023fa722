#pragma once

#include <string>

namespace sightline::manual {

/// The text of the manual page sightline(1) in roff. It describes all commands and options with units and defaults, and
/// is generated from the tables that the program itself uses.
std::string man_page();

}  // namespace sightline::manual

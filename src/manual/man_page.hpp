#pragma once

#include <string>

namespace sightline::manual {

/// sightline(1), as man reads it: every command and every option with its unit and default, from the tables that the
/// program itself reads.
std::string man_page();

}  // namespace sightline::manual

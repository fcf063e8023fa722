#pragma once

#include <string>

namespace sightline::base {

/// Sets the rank that is printed in front of every line; only rank 0 prints `log_info`. Call once, before the first
/// line.
void log_init(int rank, int ranks);

/// Progress and facts, on stderr, from rank 0 only.
void log_info(const std::string& message);

/// Something that the user should look at, on stderr, from any rank.
void log_warning(const std::string& message);

/// The one line that says why the program ends, on stderr.
void log_error(const std::string& message);

}  // namespace sightline::base

#pragma once

#include <string>

namespace sightline::base {

/// Sets the rank of this process. With more than one rank, every line starts with the rank. Must be called once, before
/// the first line is logged. The functions below write one line to stderr.
void log_init(int rank, int ranks);

/// Logs progress or information. Only rank 0 prints it.
void log_info(const std::string& message);

/// Logs something that may need the user's attention. Every rank prints it.
void log_warning(const std::string& message);

/// Logs the error that ends the program. Every rank prints it.
void log_error(const std::string& message);

}  // namespace sightline::base

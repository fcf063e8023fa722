#pragma once

#include <string>

namespace sightline::base {

/// Sets the rank of this process. With more than one rank, every line starts with the rank. Must be called once, before
/// the first line is logged. The functions below write one line to stderr.
void log_init(int rank, int ranks);

/// From now on every line is also appended, with date and time, to the file `path`.`rank`; folders that it needs are
/// made. Lines that only rank 0 prints stand in the files of all ranks. An empty path changes nothing. Throws
/// Error(fault) when the file cannot be written.
void log_to_file(const std::string& path, int rank);

/// Logs progress or information. Only rank 0 prints it.
void log_info(const std::string& message);

/// Logs something that may need the user's attention. Every rank prints it.
void log_warning(const std::string& message);

/// Logs the error that ends the program. Every rank prints it.
void log_error(const std::string& message);

}  // namespace sightline::base

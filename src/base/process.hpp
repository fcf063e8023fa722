#pragma once

#include <ctime>
#include <string>

namespace sightline::base {

/// The name of this host.
std::string host_name();

/// The number of CPU cores that this process may use.
int available_cores();

/// The value of an environment variable, or an empty text where it is not set.
std::string environment_variable(const char* name);

/// A time in seconds since 1970 as date and time of this host's time zone: "2026-11-28 07:30:00".
std::string local_time(std::time_t seconds);

}  // namespace sightline::base

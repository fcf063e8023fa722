#pragma once

#include <chrono>

namespace sightline::comm {

/// Installs handlers for SIGINT, SIGTERM and SIGUSR1. The first signal sets the stop flag (base/stop.hpp) instead of
/// ending the process, and starts the time of grace. When this has passed, the process ends with ExitCode::stopped
/// wherever it is: what was written stays, what is in flight is dropped. A second signal ends it at once, unless it
/// comes within a second of the first: launchers and terminals may both pass on the same one.
void catch_stop_signals();

/// Sets the time of grace: how long the process may take to end by itself after a signal. 20 s unless set.
void set_grace(std::chrono::seconds grace);

}  // namespace sightline::comm

#pragma once

namespace sightline::comm {

/// Installs handlers for SIGINT, SIGTERM and SIGUSR1, which set the stop flag instead of ending the process. A SIGINT
/// that arrives when the flag is already set ends the process.
void catch_stop_signals();

/// Sets the stop flag as a signal would. May be called from any thread.
void request_stop();

/// Whether the stop flag is set. The caller should then finish and save the work in progress and end with
/// ExitCode::stopped.
bool stop_requested();

}  // namespace sightline::comm

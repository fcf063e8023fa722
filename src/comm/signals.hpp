#pragma once

namespace sightline::comm {

/// From now on SIGINT, SIGTERM and SIGUSR1 set a flag instead of ending the process (a second SIGINT ends it).
void catch_stop_signals();

/// As if one of them had arrived. For any thread.
void request_stop();

/// Whether one of them has arrived: finish what is in flight, save it, exit 75.
bool stop_requested();

}  // namespace sightline::comm

#pragma once

/// Whether somebody wants the program to end: the signals of comm/signals.hpp, or the loss of the output's lock. Long
/// loops ask for it, keep what they have finished, and end with ExitCode::stopped.
namespace sightline::base {

/// Sets the stop flag. May be called from any thread and from a signal handler.
void request_stop() noexcept;

/// Whether the stop flag is set. Asking is a sign of life (base/activity.hpp).
bool stop_requested() noexcept;

/// Throws Error(stopped) when the stop flag is set. For work that one rank does inside Communicator::all_or_throw,
/// where the error ends all ranks; in work of all ranks, which may be in different places, ask Communicator::any
/// instead.
void throw_if_stopped();

}  // namespace sightline::base

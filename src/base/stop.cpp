#include "base/stop.hpp"

#include <atomic>

#include "base/activity.hpp"
#include "base/error.hpp"

namespace sightline::base {
namespace {

std::atomic<bool> stop_flag = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // as a signal handler needs it

}  // namespace

void request_stop() noexcept {
  stop_flag = true;
}

bool stop_requested() noexcept {
  give_sign_of_life();
  return stop_flag;
}

void throw_if_stopped() {
  if (stop_requested()) {
    throw Error(ExitCode::stopped, "stopped by a signal");
  }
}

}  // namespace sightline::base

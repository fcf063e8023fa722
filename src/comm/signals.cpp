#include "comm/signals.hpp"

#include <atomic>
#include <csignal>
#include <initializer_list>

namespace sightline::comm {
namespace {

/// Set by the signal handler, which may run on any thread, and by request_stop. Lock-free, as a handler needs it.
std::atomic<bool> stop_flag = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void on_stop_signal(int signal) {
  if (stop_flag.exchange(true) && signal == SIGINT) {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
  }
}

}  // namespace

void catch_stop_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) {
    struct sigaction action {};
    action.sa_handler = &on_stop_signal;
    action.sa_flags = SA_RESTART;
    sigaction(signal, &action, nullptr);
  }
}

void request_stop() {
  stop_flag = true;
}

bool stop_requested() {
  return stop_flag;
}

}  // namespace sightline::comm

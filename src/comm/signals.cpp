#include "comm/signals.hpp"

#include <atomic>
#include <csignal>
#include <ctime>
#include <initializer_list>
#include <unistd.h>

#include "base/error.hpp"
#include "base/stop.hpp"

namespace sightline::comm {
namespace {

// The handlers may run on any thread, and use only what POSIX allows in them.
std::atomic<unsigned> grace_seconds = 20;
std::atomic<std::time_t> first_signal = 0;

std::time_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1;  // never 0
}

extern "C" void on_stop_signal(int signal) {
  std::time_t first = 0;
  if (first_signal.compare_exchange_strong(first, now())) {
    base::request_stop();
    alarm(grace_seconds);
  } else if (now() - first > 1) {
    std::signal(signal, SIG_DFL);
    raise(signal);
  }
}

extern "C" void on_end_of_grace(int /*signal*/) {
  _exit(static_cast<int>(base::ExitCode::stopped));
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_stop_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) {
    handle(signal, &on_stop_signal);
  }
  handle(SIGALRM, &on_end_of_grace);
}

void set_grace(std::chrono::seconds grace) {
  grace_seconds = static_cast<unsigned>(grace.count());
}

}  // namespace sightline::comm

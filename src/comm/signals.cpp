#include "comm/signals.hpp"

#include <csignal>
#include <initializer_list>

namespace sightline::comm {
namespace {

volatile std::sig_atomic_t stop_flag = 0;

extern "C" void on_stop_signal(int signal) {
  if (signal == SIGINT && stop_flag != 0) {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
  }
  stop_flag = 1;
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
  stop_flag = 1;
}

bool stop_requested() {
  return stop_flag != 0;
}

}  // namespace sightline::comm

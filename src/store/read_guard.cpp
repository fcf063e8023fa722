#include "store/read_guard.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unistd.h>

#include "base/error.hpp"

namespace sightline::store {
namespace {

/// What the handler writes; made beforehand, since a handler may not allocate.
std::array<char, 4096> message;
std::size_t message_size = 0;

extern "C" void on_fault_of_hdf5(int /*signal*/) {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, message.data(), message_size);
  _exit(static_cast<int>(base::ExitCode::input));
}

}  // namespace

ReadGuard::ReadGuard(const std::filesystem::path& file, std::chrono::milliseconds limit) {
  const auto text = "sightline: error: " + file.string() +
                    ": HDF5 fails while it reads the file's structure, which is damaged or no explanations store\n";
  message_size = std::min(text.size(), message.size());
  std::copy_n(text.begin(), message_size, message.begin());
  struct sigaction action {};
  action.sa_handler = &on_fault_of_hdf5;
  for (std::size_t i = 0; i < std::size(signals); ++i) {
    sigaction(signals[i], &action, &before_[i]);
  }
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGPROF;
  has_timer_ = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) == 0;
  if (has_timer_) {
    const itimerspec time{{0, 0}, {limit.count() / 1000, limit.count() % 1000 * 1'000'000}};
    timer_settime(timer_, 0, &time, nullptr);
  }
}

ReadGuard::~ReadGuard() {
  if (has_timer_) {
    timer_delete(timer_);
  }
  for (std::size_t i = 0; i < std::size(signals); ++i) {
    sigaction(signals[i], &before_[i], nullptr);
  }
}

}  // namespace sightline::store

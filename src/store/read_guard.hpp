#pragma once

#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <iterator>

namespace sightline::store {

/// While it lives, HDF5 may read the metadata of a foreign file. HDF5 1.10 has faults there: some damaged files make it
/// access memory that is not its own, or loop for ever. Then this ends the process at once with ExitCode::input and one
/// error that names the file; nothing better can be done, since the memory can no longer be trusted. Only one guard may
/// live at a time, on the thread that reads.
class ReadGuard {
 public:
  /// `limit`: the processor time of this thread after which reading counts as endless. Waiting for a disk takes none.
  explicit ReadGuard(const std::filesystem::path& file, std::chrono::milliseconds limit = std::chrono::seconds(8));
  ~ReadGuard();
  ReadGuard(const ReadGuard&) = delete;
  ReadGuard& operator=(const ReadGuard&) = delete;

 private:
  static constexpr int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGPROF};
  struct sigaction before_[std::size(signals)] = {};
  timer_t timer_ = {};
  bool has_timer_ = false;
};

}  // namespace sightline::store

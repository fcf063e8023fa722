#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace sightline::base {

/// Times of a lock; tests use shorter ones. `patience` must be several beats, and longer than a network file system
/// caches a file's times.
struct LockTimes {
  std::chrono::milliseconds beat{10'000};      ///< the holder touches the file this often
  std::chrono::milliseconds patience{60'000};  ///< without a beat for so long a holder elsewhere is taken for dead
};

/// Keeps other jobs out of a folder on any file system that nodes share: a file `sightline.lock`, made by link(2), that
/// says who holds it and is touched by a thread while it is held. Left behind by a killed job, it is taken over
/// - at once, when the holder ran on this host and its process is gone;
/// - at once, when the holder was an earlier start of the same Slurm job (requeued);
/// - else after `patience` without a beat.
class FolderLock {
 public:
  /// Waits at most `patience`. Throws Error(fault) naming the holder (host, process, Slurm job, command, since when)
  /// when it is alive, or when the file cannot be written. `lost` is called, from the thread, should another job have
  /// taken the lock over: this one was suspended for longer than `patience`, and must stop.
  FolderLock(const std::filesystem::path& folder, const std::string& command, std::function<void()> lost,
             LockTimes times = {});
  /// Gives the folder free.
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  static constexpr auto file_name = "sightline.lock";

 private:
  bool try_make() const;
  void take_over(const std::string& dead) const;
  void beat();

  std::filesystem::path file_;
  std::string text_;
  std::function<void()> lost_;
  LockTimes times_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool released_ = false;
  std::thread beats_;
};

/// What a lock file says about its holder, by name: host, pid, started, job, restart, command ... Empty when there is
/// no such file.
std::map<std::string, std::string> lock_holder(const std::filesystem::path& folder);

/// Time since the holder's last beat, by this host's clock; 0 when there is no lock.
std::chrono::seconds lock_silence(const std::filesystem::path& folder);

}  // namespace sightline::base

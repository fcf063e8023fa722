#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sightline::base {

/// The intervals of a FolderLock; tests use shorter ones. The timeout must be several heartbeats, and longer than a
/// network file system caches the modification time of a file.
struct LockTimes {
  std::chrono::milliseconds heartbeat{10'000};  ///< interval at which the holder touches the lock file
  std::chrono::milliseconds timeout{60'000};    ///< a holder without a heartbeat for this long counts as dead
};

/// Keeps other jobs out of a folder, on any file system that the nodes share. The lock is a file `sightline.lock`,
/// created by link(2), that describes its holder. A thread of the holder touches it at every heartbeat. A lock file
/// that a killed job left behind is taken over
/// - at once, when the holder ran on this host and its process has ended (a process that /proc hides counts as alive).
///   Where its launcher has ended alone, or further ranks of it still run on this host, they are waited for, up to
///   `timeout`;
/// - at once, when the holder was an earlier start of the same Slurm job, which has been requeued;
/// - otherwise after `timeout` without a heartbeat.
class FolderLock {
 public:
  /// Locks the folder, which may take up to `timeout`. `command` describes this job in the lock file, `ranks` are the
  /// processes that write to the folder (own_process of each). Throws Error(fault) when another job that is alive holds
  /// the lock (the message gives its host, process, Slurm job, command and start time), when ranks of a job that has
  /// ended do not end, when something that is not a readable lock file has its name, and when the lock file
  /// cannot be written. Throws Error(stopped) when `stop_requested`, which may be empty, returns true while it waits.
  /// When this job was suspended for longer than `timeout` and another job has taken over the lock, `lost` is called
  /// from the heartbeat thread; this job must then stop.
  FolderLock(const std::filesystem::path& folder, const std::string& command, std::function<void()> lost,
             LockTimes times = {}, std::function<bool()> stop_requested = {},
             const std::vector<std::string>& ranks = {});
  /// Releases the lock.
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  static constexpr auto file_name = "sightline.lock";

 private:
  bool try_make() const;
  bool is_dead(const std::map<std::string, std::string>& holder) const;
  bool beats_within_timeout() const;
  bool ends_without_launcher(const std::map<std::string, std::string>& holder) const;
  void wait_for_ranks(const std::map<std::string, std::string>& holder) const;
  void take_over(const std::string& stale_text) const;
  void send_heartbeats();

  std::filesystem::path file_;
  std::string text_;
  std::function<void()> lost_;
  std::function<bool()> stop_requested_;
  LockTimes times_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool released_ = false;
  std::thread heartbeat_thread_;
};

/// This process in one line: number, start time, PID namespace, host.
std::string own_process();

/// The entries of a folder's lock file, which describe its holder, by name: host, pid, started, job, restart, command
/// and others. Empty when the folder is not locked. Throws Error(fault) when something that is not a readable lock file
/// has its name.
std::map<std::string, std::string> lock_holder(const std::filesystem::path& folder);

/// When the holder of a folder's lock last touched it, in words: "5 s ago", or "never" when the folder is not locked.
/// Both times are those of the folder's file system, since the clocks of hosts differ. A folder that nothing can be
/// written to gives the date and time of the stamp instead.
std::string last_sign_of_life(const std::filesystem::path& folder);

}  // namespace sightline::base

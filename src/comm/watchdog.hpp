#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "comm/communicator.hpp"

namespace sightline::comm {

/// What the root knows of a rank.
struct RankState {
  double silent = 0.0;   ///< seconds since its last message
  double idle = 0.0;     ///< seconds since its last sign of life (base/activity.hpp), as it says itself
  bool waiting = false;  ///< whether it waits for other ranks
  std::string host;
  std::string doing;  ///< base::Activity::text
};

/// Names the ranks that hold up the job, with host and what they were doing, or is empty when none does. `stall`:
/// seconds without a message, or at work without a sign of life, that are too many. When all ranks wait for each other
/// for so long, all are named.
std::string find_stalled(const std::vector<RankState>& ranks, double stall);

/// Notices when a rank is stopped, hangs (in a file system, say) or has vanished with its node, while the others wait
/// for it, and ends the job. Each rank has a thread that sends signs of life to the root, whose thread answers; so the
/// root misses a rank, and a rank misses the root. Time in which the watching process itself is suspended, as by
/// `scontrol suspend`, does not count.
class Watchdog {
 public:
  /// collective. `stall`: how long a rank may make no progress; 0 = nothing is watched. `on_stall` is called on the
  /// rank that noticed, on the watchdog's thread, with what find_stalled says; then all ranks end with
  /// ExitCode::fault. `ranks` must outlive the watchdog. Throws Error(fault) on every rank when a rank cannot start its
  /// thread.
  Watchdog(const Communicator& ranks, std::chrono::milliseconds stall,
           std::function<void(const std::string&)> on_stall);
  /// collective. Watches on until every rank is here.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  struct Message;

  std::chrono::milliseconds pause() const;
  bool sleep();
  double lapse();
  Message observe(double seconds, bool leaving);
  void watch_root();
  void watch_ranks();
  void hear(std::vector<RankState>& states, std::vector<bool>& left) const;
  void end(const std::string& message) const;

  const Communicator& ranks_;
  MPI_Comm handle_ = MPI_COMM_NULL;
  std::chrono::milliseconds stall_;
  std::function<void(const std::string&)> on_stall_;
  std::vector<std::string> hosts_;  ///< of all ranks on the root, of the root alone on other ranks

  // Of the thread.
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
  std::uint64_t signs_ = 0;
  double idle_ = 0.0;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool leaving_ = false;  // guarded by `mutex_`
  std::thread thread_;
};

}  // namespace sightline::comm

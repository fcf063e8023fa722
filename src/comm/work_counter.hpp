#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

#include "comm/communicator.hpp"

namespace sightline::comm {

/// A counter that distributes the work units 0, 1, ..., units - 1 to the ranks dynamically: each call of `next` on any
/// rank gets the next number, and each number is given out once. A thread on the root answers the requests by
/// point-to-point messages. Unlike a counter in a one-sided window, it answers while the root computes, and it works
/// across nodes. The same messages tell the root how far every rank is, and every rank when one of them stops.
class WorkCounter {
 public:
  /// How much is done: finished records, and work in the caller's own measure, which may grow within a record.
  struct Done {
    std::int64_t records = 0;
    std::int64_t work = 0;
  };
  /// Called on the root, on a thread of its own, about ten times per second, with the sums over all ranks.
  using OnProgress = std::function<void(const Done&)>;

  /// collective. `ranks` must outlive the counter. Throws Error(fault) on every rank when the root cannot start its
  /// thread.
  WorkCounter(const Communicator& ranks, std::int64_t units, OnProgress on_progress = {});
  /// collective. Waits until every rank is here, so that the root answers as long as a rank may ask.
  ~WorkCounter();
  WorkCounter(const WorkCounter&) = delete;
  WorkCounter& operator=(const WorkCounter&) = delete;

  /// The next unit for this rank, or nothing when no units are left or a rank has called `stop`.
  std::optional<std::int64_t> next();

  /// Adds to what this rank has done. The root learns it with the next call that is a second after the last report, or
  /// with the next request of this rank.
  void add(const Done& more);

  /// Ends the distribution: `next` returns nothing on every rank from now on. Called after an error or a stop signal.
  void stop();
  /// Whether a rank has called `stop`. Takes a microsecond; to be asked between any two steps of a unit.
  bool stopped();

 private:
  void send(std::int64_t request);
  void serve();
  /// On the root, the sums over all ranks as far as they have reported.
  Done done() const { return {records_, work_}; }

  const Communicator& ranks_;
  MPI_Comm handle_ = MPI_COMM_NULL;
  std::int64_t units_;
  OnProgress on_progress_;
  bool finished_ = false;  ///< whether this rank has been told that no units are left
  bool told_ = false;      ///< whether this rank has received the message that a rank has stopped
  Done unreported_;        ///< of this rank
  std::chrono::steady_clock::time_point last_report_ = std::chrono::steady_clock::now();
  std::atomic<std::int64_t> records_ = 0;
  std::atomic<std::int64_t> work_ = 0;
  std::thread server_;
};

}  // namespace sightline::comm

#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>

#include "comm/communicator.hpp"

namespace sightline::comm {

/// A counter that distributes the work units 0, 1, ..., units - 1 to the ranks dynamically: each call of `next` on any
/// rank gets the next number, and each number is given out once. A thread on the root answers the requests by
/// point-to-point messages. Unlike a counter in a one-sided window, it answers while the root computes, and it works
/// across nodes.
class WorkCounter {
 public:
  /// collective. `ranks` must outlive the counter.
  WorkCounter(const Communicator& ranks, std::int64_t units);
  /// collective. Waits until every rank has reached the end (`next` has returned nothing) or has called `stop`; a rank
  /// that has done neither calls `stop` here.
  ~WorkCounter();
  WorkCounter(const WorkCounter&) = delete;
  WorkCounter& operator=(const WorkCounter&) = delete;

  /// The next unit for this rank, or nothing when no units are left or a rank has called `stop`.
  std::optional<std::int64_t> next();

  /// Records that this rank has finished a unit. The root learns it with the next request of this rank.
  void finish_one() { ++finished_here_; }
  /// On the root, the number of units that the other ranks have reported and the root has finished. On another rank,
  /// the number that it has not reported yet.
  std::int64_t finished() const { return finished_everywhere_ + finished_here_; }

  /// Ends the distribution: `next` returns nothing on every rank from now on. Called after an error or a stop signal.
  void stop();

 private:
  std::int64_t ask(std::int64_t request);
  void serve();

  const Communicator& ranks_;
  MPI_Comm handle_ = MPI_COMM_NULL;
  std::int64_t units_;
  bool finished_ = false;           ///< whether this rank has been told that no units are left
  std::int64_t finished_here_ = 0;  ///< finished units that the root does not know of yet
  std::atomic<std::int64_t> finished_everywhere_ = 0;
  std::thread server_;
};

}  // namespace sightline::comm

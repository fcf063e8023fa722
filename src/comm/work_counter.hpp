#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>

#include "comm/communicator.hpp"

namespace sightline::comm {

/// Hands out the numbers 0, 1, ..., units - 1, each to exactly one rank, in order. A thread on the root serves a
/// two-sided counter, which answers while the root computes and works across nodes, unlike one-sided windows.
class WorkCounter {
 public:
  /// collective
  WorkCounter(const Communicator& ranks, std::int64_t units);
  /// collective. Every rank must have seen the end (`next` returned nothing) or have called `stop`.
  ~WorkCounter();
  WorkCounter(const WorkCounter&) = delete;
  WorkCounter& operator=(const WorkCounter&) = delete;

  /// The next unit for this rank, or nothing when there are none left or a rank called `stop`.
  std::optional<std::int64_t> next();

  /// This rank has finished a unit; told to the root with the next request.
  void finish_one() { ++finished_here_; }
  /// On the root: units that ranks have reported as finished; elsewhere 0.
  std::int64_t finished() const { return finished_everywhere_ + finished_here_; }

  /// No rank gets more work: a rank failed or was told to stop.
  void stop();

 private:
  std::int64_t ask(std::int64_t request);
  void serve();

  const Communicator& ranks_;
  MPI_Comm handle_ = MPI_COMM_NULL;
  std::int64_t units_;
  bool finished_ = false;
  std::int64_t finished_here_ = 0;  ///< not yet reported
  std::atomic<std::int64_t> finished_everywhere_ = 0;
  std::thread server_;
};

}  // namespace sightline::comm

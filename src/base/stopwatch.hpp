#pragma once

#include <chrono>

namespace sightline::base {

/// Measures the wall-clock time since its construction by a monotonic clock.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace sightline::base

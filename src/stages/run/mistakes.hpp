#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace sightline::stages {

/// Runs `look_up`. The text of a base::Error that it throws is added to the mistakes of the job, so that all of them
/// can be reported together. Other exceptions pass through.
inline void collect(std::vector<std::string>& mistakes, const std::function<void()>& look_up) {
  try {
    look_up();
  } catch (const base::Error& error) {
    mistakes.emplace_back(error.what());
  }
}

}  // namespace sightline::stages

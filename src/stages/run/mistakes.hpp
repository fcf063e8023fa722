#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace sightline::stages {

/// Runs a look-up; what it throws as a base::Error becomes one more of the mistakes of a job, which are told together.
inline void collect(std::vector<std::string>& mistakes, const std::function<void()>& look_up) {
  try {
    look_up();
  } catch (const base::Error& error) {
    mistakes.emplace_back(error.what());
  }
}

}  // namespace sightline::stages

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace sightline::stages {

/// Rate and time left on the root: a bar that is redrawn on a terminal, a line now and then in a log file.
class Progress {
 public:
  /// `what`: "attribute", `unit`: what is counted ("images"). `folder`: where `file_name` tells other processes, while
  /// this object lives; empty = nowhere.
  Progress(std::string what, std::string unit, std::int64_t total, bool active,
           const std::filesystem::path& folder = {});
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::int64_t done);

  static constexpr auto file_name = "progress.json";

 private:
  std::string text(std::int64_t done) const;
  void tell_others(std::int64_t done);

  using Clock = std::chrono::steady_clock;
  std::string what_;
  std::string unit_;
  std::int64_t total_;
  bool active_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  std::filesystem::path file_;  ///< empty = none
  Clock::time_point told_ = start_;
};

}  // namespace sightline::stages

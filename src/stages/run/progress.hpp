#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace sightline::stages {

/// Shows how far a stage is, with its rate and the time left: as a bar that is redrawn where standard error is a
/// terminal, otherwise as a log line every 10 seconds.
class Progress {
 public:
  /// `label`: the text in front, such as "attribute"; `unit`: what is counted, such as "images"; `total`: how many
  /// there are; `active`: whether this rank shows anything. While the object lives, other processes can read the same
  /// facts in the file `file_name` in `folder` (empty = no file).
  Progress(std::string label, std::string unit, std::int64_t total, bool active,
           const std::filesystem::path& folder = {});
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Reports that `done` of `total` are finished. May be called as often as wanted; most calls show nothing.
  void update(std::int64_t done) { update(done, static_cast<double>(done) / static_cast<double>(total_)); }
  /// The same where the items take different times: `share` of the work is done, in [0, 1].
  void update(std::int64_t done, double share);

  static constexpr auto file_name = "progress.json";

 private:
  std::string text(std::int64_t done, double share) const;
  void write_file(std::int64_t done, double share);

  using Clock = std::chrono::steady_clock;
  std::string label_;
  std::string unit_;
  std::int64_t total_;
  bool active_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_drawn_ = start_;
  std::filesystem::path file_;  ///< the progress file; empty = none
  Clock::time_point last_written_ = start_;
};

}  // namespace sightline::stages

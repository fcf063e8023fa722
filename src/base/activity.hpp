#pragma once

#include <cstdint>
#include <string>

/// What this process is doing, for reports of failures (stages/run/failure.hpp) and the watchdog (comm/watchdog.hpp).
/// All functions may be called from any thread.
namespace sightline::base {

/// The explanation that is computed. Empty fields are unknown, or there is no such thing at the moment.
struct Activity {
  std::string model;
  std::string method;
  std::string image;  ///< the path of the first image, where several are explained together

  /// The fields that are not empty: "resnet50, gradcam, photos/a.jpg".
  std::string text() const;
};

/// Says what the process does from now on. This is a sign of life, too.
void set_activity(Activity activity);
Activity activity();

/// Says that the process makes progress. stop_requested and throw_if_stopped (base/stop.hpp) do it as well, since every
/// long loop asks for the stop flag.
void give_sign_of_life() noexcept;

/// The number of signs of life since the start of the process.
std::uint64_t signs_of_life() noexcept;

/// Marks the time in which the process waits for other ranks, so that no sign of life is due. Waits may be nested.
class Waiting {
 public:
  Waiting() noexcept;
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
};

/// Whether the process waits for other ranks.
bool is_waiting() noexcept;

}  // namespace sightline::base

#include "base/activity.hpp"

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace sightline::base {
namespace {

std::mutex mutex;
Activity current;  // guarded by `mutex`
std::atomic<std::uint64_t> signs = 0;
std::atomic<int> waits = 0;

}  // namespace

std::string Activity::text() const {
  std::vector<std::string> known;
  for (const auto& field : {model, method, image}) {
    if (!field.empty()) {
      known.push_back(field);
    }
  }
  return join(known, ", ");
}

void set_activity(Activity activity) {
  const std::lock_guard lock(mutex);
  current = std::move(activity);
  give_sign_of_life();
}

Activity activity() {
  const std::lock_guard lock(mutex);
  return current;
}

void give_sign_of_life() noexcept {
  ++signs;
}

std::uint64_t signs_of_life() noexcept {
  return signs;
}

Waiting::Waiting() noexcept {
  ++waits;
}

Waiting::~Waiting() {
  --waits;
  give_sign_of_life();
}

bool is_waiting() noexcept {
  return waits > 0;
}

}  // namespace sightline::base

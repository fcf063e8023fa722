#include "stages/run/progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace sightline::stages {
Progress::Progress(std::string label, std::string unit, std::int64_t total, bool active,
                   const std::filesystem::path& folder)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      active_(active && total > 0),
      terminal_(isatty(STDERR_FILENO) != 0),
      file_(active_ && !folder.empty() ? folder / file_name : std::filesystem::path()) {}

Progress::~Progress() {
  if (drawn_ && terminal_) {
    std::fputc('\n', stderr);
  }
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

void Progress::update(std::int64_t done, double share) {
  share = done == total_ ? 1.0 : std::clamp(share, 0.0, 0.999);
  write_file(done, share);
  const auto now = Clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10'000);
  if (!active_ || (now - last_drawn_ < pause && done < total_)) {
    return;
  }
  last_drawn_ = now;
  if (!terminal_) {
    base::log_info(text(done, share));
    return;
  }
  constexpr std::int64_t width = 30;
  const auto filled = static_cast<std::size_t>(share * width);
  std::fprintf(stderr, "\r[%s%s] %s ", std::string(filled, '=').c_str(), std::string(width - filled, ' ').c_str(),
               text(done, share).c_str());
  drawn_ = true;
}

/// Writes the progress file at most every 5 seconds. An error is only a warning, and no further attempt is made, since
/// a run must not end because of this file.
void Progress::write_file(std::int64_t done, double share) {
  const auto now = Clock::now();
  if (file_.empty() || now - last_written_ < std::chrono::seconds(5)) {
    return;
  }
  last_written_ = now;
  const nlohmann::json facts = {{"text", text(done, share)},
                                {"done", done},
                                {"total", total_},
                                {"seconds", std::chrono::duration<double>(now - start_).count()}};
  try {
    base::write_text(file_, facts.dump() + "\n");
  } catch (const base::Error& error) {
    base::log_warning(error.what());
    file_.clear();
  }
}

std::string Progress::text(std::int64_t done, double share) const {
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = elapsed > 0.0 ? static_cast<double>(done) / elapsed : 0.0;
  const bool slow = rate < 1.0;
  const auto left =
      share > 0.0 ? base::format_duration(elapsed * (1.0 - share) / share) + " left" : "time left unknown";
  return fmt::format("{}: {} of {} {} ({:.0f} % of the work), {:.1f} per {}, {}", label_, done, total_, unit_,
                     std::floor(100.0 * share), slow ? 60.0 * rate : rate, slow ? "minute" : "second", left);
}

}  // namespace sightline::stages

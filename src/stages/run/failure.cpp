#include "stages/run/failure.hpp"

#include <ctime>
#include <mutex>
#include <system_error>

#include <nlohmann/json.hpp>

#include "base/activity.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace sightline::stages {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Failure, stage, time, host, rank, ranks, job, exit_code, message, model, method,
                                   image, go_on)

namespace {

namespace fs = std::filesystem;

/// Where failures are written to; the watchdog's thread may ask while the main thread claims a folder.
struct Place {
  std::mutex mutex;
  std::string command_line;
  fs::path folder;
  std::string stage;
};

Place& place() {
  static Place place;
  return place;
}

/// The word as a shell reads it back.
std::string quoted(const std::string& word) {
  constexpr auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
    return word;
  }
  std::string text = "'";
  for (const char c : word) {
    text += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return text + "'";
}

Failure describe(const comm::Communicator& ranks, base::ExitCode code, const std::string& message) {
  const auto doing = base::activity();
  return {place().stage,
          base::local_time(std::time(nullptr)),
          base::host_name(),
          ranks.rank(),
          ranks.size(),
          base::environment_variable("SLURM_JOB_ID"),
          static_cast<int>(code),
          message,
          doing.model,
          doing.method,
          doing.image,
          place().command_line};
}

}  // namespace

void remember_command_line(const std::vector<std::string>& words) {
  std::vector<std::string> parts = {"sightline"};
  for (const auto& word : words) {
    parts.push_back(quoted(word));
  }
  const std::lock_guard lock(place().mutex);
  place().command_line = base::join(parts, " ");
}

void report_failures_to(const fs::path& folder, const std::string& stage, bool is_root) {
  {
    const std::lock_guard lock(place().mutex);
    place().folder = folder;
    place().stage = stage;
  }
  if (is_root) {
    if (const auto failure = last_failure(folder); failure && failure->stage == stage) {
      std::error_code ignored;  // A file that stays is told of once more by 'sightline status'.
      fs::remove(folder / failure_file, ignored);
    }
  }
}

void report_failure(const comm::Communicator& ranks, base::ExitCode code, const std::string& message) noexcept {
  const std::lock_guard lock(place().mutex);
  if (place().folder.empty() || code == base::ExitCode::stopped) {
    return;
  }
  try {
    // JSON is UTF-8, and a path need not be: the bytes that are not become replacement characters.
    const auto text =
        nlohmann::json(describe(ranks, code, message)).dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    base::write_text(place().folder / failure_file, text + "\n");
  } catch (const std::exception& error) {
    base::log_warning(error.what());
  }
}

std::optional<Failure> last_failure(const fs::path& folder) {
  if (!base::is_file(folder / failure_file)) {
    return std::nullopt;
  }
  try {
    return nlohmann::json::parse(base::read_text(folder / failure_file)).get<Failure>();
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace sightline::stages

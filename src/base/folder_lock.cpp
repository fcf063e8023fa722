#include "base/folder_lock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace sightline::base {
namespace {

namespace fs = std::filesystem;
using Holder = std::map<std::string, std::string>;

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

/// Identifies the PID namespace of this process. Containers on one host may share its name but have namespaces of their
/// own, and a process number is valid in one namespace only.
std::string pid_namespace() {
  std::error_code error;
  return fs::read_symlink("/proc/self/ns/pid", error).string();
}

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// The start time of a process in clock ticks since the host booted, as text; empty when the process has ended. Process
/// numbers are reused; the number and the start time together identify a process.
std::string start_of_process(const std::string& pid) {
  std::ifstream stream("/proc/" + pid + "/stat");
  std::string text(std::istreambuf_iterator<char>(stream), {});
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) {
    return "";
  }
  std::istringstream fields(text.substr(name_end + 1));
  std::string state;
  std::string field;
  fields >> state;
  for (int number = 4; number <= 22; ++number) {
    fields >> field;
  }
  return state == "Z" || state == "X" ? "" : field;  // a zombie has ended, but its parent has not waited for it yet
}

/// The text of this process's lock file: one NAME=VALUE per line.
std::string describe_self(const std::string& command) {
  const auto pid = std::to_string(::getpid());
  std::array<char, 32> now{};
  const std::time_t seconds = std::time(nullptr);
  std::tm local{};
  std::strftime(now.data(), now.size(), "%Y-%m-%d %H:%M:%S", localtime_r(&seconds, &local));
  return fmt::format(
      "command={}\nhost={}\npid={}\nprocess_start={}\nprocess_space={}\njob={}\nrestart={}\nstarted={}\nnumber={}\n",
      command, host_name(), pid, start_of_process(pid), pid_namespace(), environment_variable("SLURM_JOB_ID"),
      environment_variable("SLURM_RESTART_COUNT"), now.data(),
      std::chrono::steady_clock::now().time_since_epoch().count());
}

/// The text of a file, or nothing when the file cannot be opened.
std::optional<std::string> read_if_exists(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return stream ? std::optional(std::string(std::istreambuf_iterator<char>(stream), {})) : std::nullopt;
}

/// The entries of a lock file by name.
Holder parse(const std::string& text) {
  Holder holder;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (const auto equals = line.find('='); equals != std::string::npos) {
      holder[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  return holder;
}

/// The holder in the words of a message.
std::string describe(const Holder& holder) {
  const auto of = [&](const char* name) { return holder.contains(name) ? holder.at(name) : ""; };
  const auto job = of("job").empty() ? std::string() : fmt::format(", Slurm job {}", of("job"));
  return fmt::format("'sightline {}' on {} (process {}{}, since {})", of("command"), of("host"), of("pid"), job,
                     of("started"));
}

enum class HolderState { alive, dead, unknown };

/// The state of a holder as far as it is known without waiting for a heartbeat.
HolderState state_of(const Holder& holder) {
  const auto is = [&](const char* name, const std::string& value) {
    return holder.contains(name) && holder.at(name) == value;
  };
  if (!holder.contains("number")) {
    return HolderState::unknown;
  }
  if (is("host", host_name()) && is("process_space", pid_namespace())) {
    return start_of_process(holder.at("pid")) == holder.at("process_start") ? HolderState::alive : HolderState::dead;
  }
  const auto job = environment_variable("SLURM_JOB_ID");
  if (!job.empty() && is("job", job) && !is("restart", environment_variable("SLURM_RESTART_COUNT"))) {
    return HolderState::dead;
  }
  return HolderState::unknown;
}

/// The time of the last heartbeat (seconds, nanoseconds) by the file server's clock, or nothing when the lock file does
/// not exist. The file is opened because NFS then asks its server for the current time stamp.
std::optional<std::pair<std::int64_t, std::int64_t>> last_heartbeat(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts {};
  const bool exists = descriptor >= 0 && ::fstat(descriptor, &facts) == 0;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  return exists ? std::optional(std::pair<std::int64_t, std::int64_t>(facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec))
                : std::nullopt;
}

/// Waits up to `timeout` for a heartbeat. Returns `alive` at the first one, and `dead` when the timeout has passed or
/// the lock file is gone.
HolderState wait_for_heartbeat(const fs::path& file, const LockTimes& times) {
  const auto first = last_heartbeat(file);
  const auto end = std::chrono::steady_clock::now() + times.timeout;
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(times.heartbeat / 10);
    const auto heartbeat = last_heartbeat(file);
    if (!heartbeat) {
      return HolderState::dead;
    }
    if (heartbeat != first) {
      return HolderState::alive;
    }
  }
  return HolderState::dead;
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder, const std::string& command, std::function<void()> lost, LockTimes times)
    : file_(folder / file_name), text_(describe_self(command)), lost_(std::move(lost)), times_(times) {
  while (!try_make()) {
    const auto text = read_if_exists(file_);
    if (!text) {
      continue;  // its holder has just released it
    }
    const auto holder = parse(*text);
    auto state = state_of(holder);
    if (state == HolderState::unknown) {
      log_info(fmt::format("{}: held by {}; waiting up to {} s for a sign that it still runs", file_.string(),
                           describe(holder), std::chrono::duration_cast<std::chrono::seconds>(times_.timeout).count()));
      state = wait_for_heartbeat(file_, times_);
    }
    if (state == HolderState::alive) {
      throw fault("{}: in use by {}. Wait for it to end, or choose another --output.", folder.string(),
                  describe(holder));
    }
    if (read_if_exists(file_) == text) {
      log_warning(fmt::format("{}: {} ended without releasing the folder; taking over its lock", folder.string(),
                              describe(holder)));
      take_over(*text);
    }
  }
  heartbeat_thread_ = std::thread([this] { send_heartbeats(); });
}

FolderLock::~FolderLock() {
  {
    const std::lock_guard guard(mutex_);
    released_ = true;
  }
  wake_.notify_all();
  heartbeat_thread_.join();
  if (read_if_exists(file_) == text_) {
    ::unlink(file_.c_str());
  }
}

/// Creates the lock file together with its text. Returns false when there is a lock file already.
bool FolderLock::try_make() const {
  const fs::path temporary = fmt::format("{}.{}.{}", file_.string(), host_name(), ::getpid());
  write_text(temporary, text_);
  const bool made = ::link(temporary.c_str(), file_.c_str()) == 0;
  const int reason = errno;
  ::unlink(temporary.c_str());
  if (!made && reason != EEXIST) {
    throw fault("{}: cannot be made: {}", file_.string(), std::strerror(reason));
  }
  return made;
}

/// Removes the lock file of a dead holder, whose text is `stale_text`. If another job has taken over the lock in the
/// meantime, its new file is put back.
void FolderLock::take_over(const std::string& stale_text) const {
  const fs::path temporary = fmt::format("{}.stale.{}.{}", file_.string(), host_name(), ::getpid());
  if (::rename(file_.c_str(), temporary.c_str()) != 0) {
    return;
  }
  if (read_if_exists(temporary) != stale_text) {
    [[maybe_unused]] const int ignored = ::link(temporary.c_str(), file_.c_str());
  }
  ::unlink(temporary.c_str());
}

void FolderLock::send_heartbeats() {
  std::unique_lock guard(mutex_);
  while (!wake_.wait_for(guard, times_.heartbeat, [this] { return released_; })) {
    if (read_if_exists(file_) != text_) {
      log_warning(fmt::format("{}: taken over by another job while this one was suspended; stopping", file_.string()));
      lost_();
      return;
    }
    ::utimensat(AT_FDCWD, file_.c_str(), nullptr, 0);
  }
}

std::chrono::seconds time_since_heartbeat(const fs::path& folder) {
  const auto heartbeat = last_heartbeat(folder / FolderLock::file_name);
  return std::chrono::seconds(heartbeat ? std::max<std::int64_t>(0, std::time(nullptr) - heartbeat->first) : 0);
}

Holder lock_holder(const fs::path& folder) {
  const auto text = read_if_exists(folder / FolderLock::file_name);
  return text ? parse(*text) : Holder();
}

}  // namespace sightline::base

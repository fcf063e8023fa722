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

/// Tells containers apart that share a host name: process numbers mean something only within one of them.
std::string process_space() {
  std::error_code error;
  return fs::read_symlink("/proc/self/ns/pid", error).string();
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// When a process began, in clock ticks since the host booted; empty when it has ended. With its number it names a
/// process for good.
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
  return state == "Z" || state == "X" ? "" : field;  // ended, but not yet waited for
}

std::string describe_self(const std::string& command) {
  const auto pid = std::to_string(::getpid());
  std::array<char, 32> now{};
  const std::time_t seconds = std::time(nullptr);
  std::tm local{};
  std::strftime(now.data(), now.size(), "%Y-%m-%d %H:%M:%S", localtime_r(&seconds, &local));
  return fmt::format(
      "command={}\nhost={}\npid={}\nprocess_start={}\nprocess_space={}\njob={}\nrestart={}\nstarted={}\nnumber={}\n",
      command, host_name(), pid, start_of_process(pid), process_space(), variable("SLURM_JOB_ID"),
      variable("SLURM_RESTART_COUNT"), now.data(), std::chrono::steady_clock::now().time_since_epoch().count());
}

/// Nothing when the file is not there.
std::optional<std::string> read_if_there(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return stream ? std::optional(std::string(std::istreambuf_iterator<char>(stream), {})) : std::nullopt;
}

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

std::string describe(const Holder& holder) {
  const auto of = [&](const char* name) { return holder.contains(name) ? holder.at(name) : ""; };
  const auto job = of("job").empty() ? std::string() : fmt::format(", Slurm job {}", of("job"));
  return fmt::format("'sightline {}' on {} (process {}{}, since {})", of("command"), of("host"), of("pid"), job,
                     of("started"));
}

enum class Life { alive, dead, unknown };

/// What can be told without waiting.
Life judge(const Holder& holder) {
  const auto is = [&](const char* name, const std::string& value) {
    return holder.contains(name) && holder.at(name) == value;
  };
  if (!holder.contains("number")) {
    return Life::unknown;
  }
  if (is("host", host_name()) && is("process_space", process_space())) {
    return start_of_process(holder.at("pid")) == holder.at("process_start") ? Life::alive : Life::dead;
  }
  const auto job = variable("SLURM_JOB_ID");
  if (!job.empty() && is("job", job) && !is("restart", variable("SLURM_RESTART_COUNT"))) {
    return Life::dead;
  }
  return Life::unknown;
}

/// Time of the last beat by the file server's clock; opened, so that NFS asks its server. Nothing: the file is gone.
std::optional<std::pair<std::int64_t, std::int64_t>> last_beat(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts {};
  const bool there = descriptor >= 0 && ::fstat(descriptor, &facts) == 0;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  return there ? std::optional(std::pair<std::int64_t, std::int64_t>(facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec))
               : std::nullopt;
}

/// Watches a holder for `patience`. Returns at once when it beats or is gone.
Life watch(const fs::path& file, const LockTimes& times) {
  const auto first = last_beat(file);
  const auto end = std::chrono::steady_clock::now() + times.patience;
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(times.beat / 10);
    const auto beat = last_beat(file);
    if (!beat) {
      return Life::dead;
    }
    if (beat != first) {
      return Life::alive;
    }
  }
  return Life::dead;
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder, const std::string& command, std::function<void()> lost, LockTimes times)
    : file_(folder / file_name), text_(describe_self(command)), lost_(std::move(lost)), times_(times) {
  while (!try_make()) {
    const auto text = read_if_there(file_);
    if (!text) {
      continue;  // just given free
    }
    const auto holder = parse(*text);
    auto life = judge(holder);
    if (life == Life::unknown) {
      log_info(fmt::format("{}: left by {}; waiting up to {} s to see whether it still runs", file_.string(),
                           describe(holder),
                           std::chrono::duration_cast<std::chrono::seconds>(times_.patience).count()));
      life = watch(file_, times_);
    }
    if (life == Life::alive) {
      throw fault("{}: in use by {}. Wait for it to end, or choose another --output.", folder.string(),
                  describe(holder));
    }
    if (read_if_there(file_) == text) {
      log_warning(
          fmt::format("{}: {} ended without giving the folder free; taking over", folder.string(), describe(holder)));
      take_over(*text);
    }
  }
  beats_ = std::thread([this] { beat(); });
}

FolderLock::~FolderLock() {
  {
    const std::lock_guard guard(mutex_);
    released_ = true;
  }
  wake_.notify_all();
  beats_.join();
  if (read_if_there(file_) == text_) {
    ::unlink(file_.c_str());
  }
}

/// False when there is such a file already. It appears with its text in it.
bool FolderLock::try_make() const {
  const fs::path aside = fmt::format("{}.{}.{}", file_.string(), host_name(), ::getpid());
  write_text(aside, text_);
  const bool made = ::link(aside.c_str(), file_.c_str()) == 0;
  const int reason = errno;
  ::unlink(aside.c_str());
  if (!made && reason != EEXIST) {
    throw fault("{}: cannot be made: {}", file_.string(), std::strerror(reason));
  }
  return made;
}

/// Removes a dead holder's file. Should another job have been faster, it is that job's new file that is moved away
/// here, and it is put back.
void FolderLock::take_over(const std::string& dead) const {
  const fs::path aside = fmt::format("{}.stale.{}.{}", file_.string(), host_name(), ::getpid());
  if (::rename(file_.c_str(), aside.c_str()) != 0) {
    return;
  }
  if (read_if_there(aside) != dead) {
    [[maybe_unused]] const int ignored = ::link(aside.c_str(), file_.c_str());
  }
  ::unlink(aside.c_str());
}

void FolderLock::beat() {
  std::unique_lock guard(mutex_);
  while (!wake_.wait_for(guard, times_.beat, [this] { return released_; })) {
    if (read_if_there(file_) != text_) {
      log_warning(fmt::format("{}: taken over by another job while this one was suspended; stopping", file_.string()));
      lost_();
      return;
    }
    ::utimensat(AT_FDCWD, file_.c_str(), nullptr, 0);
  }
}

std::chrono::seconds lock_silence(const fs::path& folder) {
  const auto beat = last_beat(folder / FolderLock::file_name);
  return std::chrono::seconds(beat ? std::max<std::int64_t>(0, std::time(nullptr) - beat->first) : 0);
}

Holder lock_holder(const fs::path& folder) {
  const auto text = read_if_there(folder / FolderLock::file_name);
  return text ? parse(*text) : Holder();
}

}  // namespace sightline::base

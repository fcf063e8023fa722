#include "base/folder_lock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace sightline::base {
namespace {

namespace fs = std::filesystem;
using Holder = std::map<std::string, std::string>;

/// Identifies the PID namespace of this process. Containers on one host may share its name but have namespaces of their
/// own, and a process number is valid in one namespace only.
std::string pid_namespace() {
  std::error_code error;
  return fs::read_symlink("/proc/self/ns/pid", error).string();
}

/// The start time of a process in clock ticks since the host booted, as text; empty when the process has ended, and
/// nothing when /proc does not show it. Process numbers are reused; the number and the start time together identify a
/// process. `parent` gets the number of its parent.
std::optional<std::string> start_of_process(const std::string& pid, std::string* parent = nullptr) {
  std::ifstream stream("/proc/" + pid + "/stat");
  std::string text(std::istreambuf_iterator<char>(stream), {});
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) {
    return std::nullopt;
  }
  std::istringstream fields(text.substr(name_end + 1));
  std::string state;
  std::string field;
  fields >> state;
  for (int number = 4; number <= 22; ++number) {
    fields >> field;
    if (number == 4 && parent != nullptr) {
      *parent = field;
    }
  }
  return state == "Z" || state == "X" ? "" : field;  // a zombie has ended, but its parent has not waited for it yet
}

/// The text of this process's lock file: one NAME=VALUE per line.
std::string describe_self(const std::string& command, const std::vector<std::string>& ranks) {
  const auto pid = std::to_string(::getpid());
  return fmt::format(
      "command={}\nhost={}\npid={}\nprocess_start={}\nprocess_space={}\nparent={}\nranks={}\njob={}\nrestart={}\n"
      "started={}\nnumber={}\n",
      command, host_name(), pid, start_of_process(pid).value_or(""), pid_namespace(), ::getppid(), join(ranks, ";"),
      environment_variable("SLURM_JOB_ID"), environment_variable("SLURM_RESTART_COUNT"), local_time(std::time(nullptr)),
      std::chrono::steady_clock::now().time_since_epoch().count());
}

/// The text of a lock file, or nothing when there is none. Throws Error(fault) for anything else of that name that
/// cannot be read as a file: waiting would not help, since only a person can find out what it is.
std::optional<std::string> read_lock(const fs::path& file) {
  const auto unusable = [&](const std::string& found) {
    return fault("{}: {}. If no job works in this folder, remove it; otherwise choose another --output.", file.string(),
                 found);
  };
  std::error_code error;
  const auto type = fs::symlink_status(file, error).type();
  if (type == fs::file_type::not_found) {
    return std::nullopt;
  }
  if (type != fs::file_type::regular) {
    throw unusable(type == fs::file_type::symlink ? "is a symbolic link, and a lock is a regular file"
                                                  : "is not a regular file, so it is no lock of a job");
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream && (errno == ENOENT || errno == ESTALE)) {
    return std::nullopt;  // it was released since
  }
  if (!stream) {
    throw unusable(fmt::format("the lock of another job cannot be read: {}", std::strerror(errno)));
  }
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

/// As read_lock, but returns nothing where that throws.
std::optional<std::string> read_lock_if_possible(const fs::path& file) {
  try {
    return read_lock(file);
  } catch (const Error&) {
    return std::nullopt;
  }
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

/// An entry of a lock file; empty when it has none of this name.
std::string entry(const Holder& holder, const std::string& name) {
  const auto found = holder.find(name);
  return found == holder.end() ? std::string() : found->second;
}

/// The holder in the words of a message.
std::string describe(const Holder& holder) {
  if (holder.empty()) {
    return "a job that it does not describe";
  }
  const auto job = entry(holder, "job").empty() ? std::string() : fmt::format(", Slurm job {}", entry(holder, "job"));
  return fmt::format("'sightline {}' on {} (process {}{}, since {})", entry(holder, "command"), entry(holder, "host"),
                     entry(holder, "pid"), job, entry(holder, "started"));
}

enum class HolderState { alive, dead, unknown };

/// The state of a holder that is a process of this host and PID namespace. /proc does not show the processes of other
/// users when it is mounted with the option hidepid; the system then still says whether there is a process of this
/// number.
HolderState state_of_process(const Holder& holder) {
  if (const auto start = start_of_process(entry(holder, "pid"))) {
    return *start == entry(holder, "process_start") ? HolderState::alive : HolderState::dead;
  }
  const auto pid = parse_integer(entry(holder, "pid")).value_or(0);
  if (pid <= 0 || pid > std::numeric_limits<pid_t>::max() || ::kill(static_cast<pid_t>(pid), 0) == 0) {
    return HolderState::unknown;
  }
  return errno == EPERM ? HolderState::alive : HolderState::dead;
}

/// The state of a holder as far as it is known without waiting for a heartbeat.
HolderState state_of(const Holder& holder) {
  if (!holder.contains("number")) {
    return HolderState::unknown;
  }
  const auto space = pid_namespace();
  if (!space.empty() && entry(holder, "host") == host_name() && entry(holder, "process_space") == space) {
    return state_of_process(holder);
  }
  const auto job = environment_variable("SLURM_JOB_ID");
  if (!job.empty() && entry(holder, "job") == job &&
      entry(holder, "restart") != environment_variable("SLURM_RESTART_COUNT")) {
    return HolderState::dead;
  }
  return HolderState::unknown;
}

/// Whether the holder is a process of this host that has lost its parent: somebody has killed its launcher, and MPI is
/// about to end it.
bool has_lost_its_launcher(const Holder& holder) {
  std::string parent;
  return start_of_process(entry(holder, "pid"), &parent) == entry(holder, "process_start") &&
         parent != entry(holder, "parent") && !entry(holder, "parent").empty();
}

/// The process numbers of the holder's ranks on this host that have not ended.
std::vector<std::string> living_ranks(const Holder& holder) {
  std::vector<std::string> living;
  for (const auto& rank : split_list(entry(holder, "ranks"), ';')) {
    std::istringstream words(rank);
    std::string pid;
    std::string start;
    std::string space;
    std::string host;
    words >> pid >> start >> space >> host;
    if (host == host_name() && space == pid_namespace() && start_of_process(pid) == start) {
      living.push_back(pid);
    }
  }
  return living;
}

using FileTime = std::pair<std::int64_t, std::int64_t>;  // seconds, nanoseconds

/// The modification time of a file, which `flags` of open(2) may create, or nothing when it cannot be opened. The file
/// is opened because NFS then asks its server for the current time stamp.
std::optional<FileTime> modification_time(const fs::path& file, int flags) {
  const int descriptor = ::open(file.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  struct stat facts {};
  const bool known = descriptor >= 0 && ::fstat(descriptor, &facts) == 0;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  return known ? std::optional(FileTime(facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec)) : std::nullopt;
}

/// The time of the last heartbeat by the clock of the file system, or nothing when the lock file does not exist.
std::optional<FileTime> last_heartbeat(const fs::path& file) {
  return modification_time(file, O_RDONLY);
}

/// The present time by the clock of the folder's file system, or nothing when no file can be made in the folder.
std::optional<FileTime> time_of_file_system(const fs::path& folder) {
  const auto probe = folder / fmt::format("{}.time.{}.{}", FolderLock::file_name, host_name(), ::getpid());
  const auto now = modification_time(probe, O_WRONLY | O_CREAT | O_EXCL);
  if (now) {
    ::unlink(probe.c_str());
  }
  return now;
}

/// Throws Error(stopped) when this job was told to stop.
void refuse_to_wait_on(const fs::path& file, const std::function<bool()>& stop_requested) {
  if (stop_requested && stop_requested()) {
    throw Error(ExitCode::stopped, fmt::format("{}: stopped by a signal while waiting for this lock", file.string()));
  }
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder, const std::string& command, std::function<void()> lost, LockTimes times,
                       std::function<bool()> stop_requested, const std::vector<std::string>& ranks)
    : file_(folder / file_name),
      text_(describe_self(command, ranks)),
      lost_(std::move(lost)),
      stop_requested_(std::move(stop_requested)),
      times_(times) {
  constexpr int most_tries = 100;
  for (int tries = 1; !try_make(); ++tries) {
    refuse_to_wait_on(file_, stop_requested_);
    if (tries == most_tries) {
      throw fault("{}: was there at each of {} tries to make it, and gone or stale when it was read", file_.string(),
                  most_tries);
    }
    const auto text = read_lock(file_);
    if (!text) {
      std::this_thread::sleep_for(times_.heartbeat / 100);  // its holder has just released it
      continue;
    }
    const auto holder = parse(*text);
    if (!is_dead(holder)) {
      throw fault("{}: in use by {}. Wait for it to end, or choose another --output.", folder.string(),
                  describe(holder));
    }
    wait_for_ranks(holder);
    if (read_lock(file_) == text) {
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
  if (read_lock_if_possible(file_) == text_) {
    ::unlink(file_.c_str());
  }
}

/// Whether the holder of the lock file is dead, which may take up to the timeout to find out.
bool FolderLock::is_dead(const std::map<std::string, std::string>& holder) const {
  const auto state = state_of(holder);
  if (state == HolderState::alive && has_lost_its_launcher(holder)) {
    return ends_without_launcher(holder);
  }
  if (state != HolderState::unknown) {
    return state == HolderState::dead;
  }
  log_info(fmt::format("{}: held by {}; waiting up to {} s for a sign that it still runs", file_.string(),
                       describe(holder), std::chrono::duration_cast<std::chrono::seconds>(times_.timeout).count()));
  return !beats_within_timeout();
}

/// Waits up to the timeout for a heartbeat. Returns true at the first one, and false when the timeout has passed or the
/// lock file is gone. All time stamps that are compared were made by the holder's heartbeats, so clocks may differ.
bool FolderLock::beats_within_timeout() const {
  const auto first = last_heartbeat(file_);
  const auto end = std::chrono::steady_clock::now() + times_.timeout;
  while (std::chrono::steady_clock::now() < end) {
    refuse_to_wait_on(file_, stop_requested_);
    std::this_thread::sleep_for(times_.heartbeat / 10);
    const auto heartbeat = last_heartbeat(file_);
    if (heartbeat != first) {
      return heartbeat.has_value();
    }
  }
  return false;
}

/// Waits up to the timeout for a holder whose launcher has ended. Returns whether it has ended as well.
bool FolderLock::ends_without_launcher(const std::map<std::string, std::string>& holder) const {
  log_info(fmt::format("{}: {} has lost its launcher; waiting up to {} s for its end", file_.string(), describe(holder),
                       std::chrono::duration_cast<std::chrono::seconds>(times_.timeout).count()));
  const auto end = std::chrono::steady_clock::now() + times_.timeout;
  while (state_of(holder) == HolderState::alive && std::chrono::steady_clock::now() < end) {
    refuse_to_wait_on(file_, stop_requested_);
    std::this_thread::sleep_for(times_.heartbeat / 100);
  }
  return state_of(holder) == HolderState::dead;
}

/// Waits up to the timeout for the ranks of a dead holder, which may still be writing.
void FolderLock::wait_for_ranks(const std::map<std::string, std::string>& holder) const {
  const auto end = std::chrono::steady_clock::now() + times_.timeout;
  for (auto living = living_ranks(holder); !living.empty(); living = living_ranks(holder)) {
    refuse_to_wait_on(file_, stop_requested_);
    if (std::chrono::steady_clock::now() > end) {
      throw fault(
          "{}: {} has ended, but other ranks of it still run on {}: process {}. End them, or choose another --output.",
          file_.parent_path().string(), describe(holder), host_name(), join(living, ", "));
    }
    std::this_thread::sleep_for(times_.heartbeat / 100);
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
    if (errno == ENOENT || errno == ESTALE) {
      return;  // another job was faster
    }
    throw fault("{}: is the lock of a job that has ended, and cannot be removed: {}", file_.string(),
                std::strerror(errno));
  }
  if (read_lock_if_possible(temporary) != stale_text) {
    [[maybe_unused]] const int ignored = ::link(temporary.c_str(), file_.c_str());
  }
  ::unlink(temporary.c_str());
}

void FolderLock::send_heartbeats() {
  std::unique_lock guard(mutex_);
  while (!wake_.wait_for(guard, times_.heartbeat, [this] { return released_; })) {
    if (read_lock_if_possible(file_) != text_) {
      log_warning(fmt::format("{}: taken over by another job while this one was suspended; stopping", file_.string()));
      lost_();
      return;
    }
    ::utimensat(AT_FDCWD, file_.c_str(), nullptr, 0);
  }
}

std::string last_sign_of_life(const fs::path& folder) {
  const auto heartbeat = last_heartbeat(folder / FolderLock::file_name);
  if (!heartbeat) {
    return "never";
  }
  if (const auto now = time_of_file_system(folder)) {
    return fmt::format("{} s ago", std::max<std::int64_t>(0, now->first - heartbeat->first));
  }
  return fmt::format("at {} by the clock of its file system", local_time(heartbeat->first));
}

std::string own_process() {
  const auto pid = std::to_string(::getpid());
  return fmt::format("{} {} {} {}", pid, start_of_process(pid).value_or("?"), pid_namespace(), host_name());
}

Holder lock_holder(const fs::path& folder) {
  const auto text = read_lock(folder / FolderLock::file_name);
  return text ? parse(*text) : Holder();
}

}  // namespace sightline::base

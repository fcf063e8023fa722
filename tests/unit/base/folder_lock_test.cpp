#include "base/folder_lock.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <sched.h>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "temporary_folder.hpp"

namespace sightline::base {
namespace {

using std::chrono::milliseconds;

constexpr LockTimes quick{milliseconds(50), milliseconds(400)};

class FolderLocks : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return folder_.path() / FolderLock::file_name; }
  FolderLock lock(LockTimes times = quick) const {
    return FolderLock(
        folder_.path(), "attribute", [] {}, times);
  }
  /// A lock file as another host would leave it.
  void leave_by_other_host(const std::string& more = "job=\nrestart=\n") const {
    write_text(
        file(),
        "command=attribute\nhost=elsewhere\npid=1\nprocess_start=1\nprocess_space=x\nstarted=then\nnumber=1\n" + more);
  }

  tests::TemporaryFolder folder_;
};

TEST_F(FolderLocks, IsRefusedWhileHeldAndFreeAfterwards) {
  {
    const auto held = lock();
    EXPECT_EQ(lock_holder(folder_.path()).at("command"), "attribute");
    try {
      lock();
      FAIL() << "held twice";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::fault);
      EXPECT_NE(std::string(error.what()).find(std::to_string(::getpid())), std::string::npos);
    }
  }
  EXPECT_TRUE(lock_holder(folder_.path()).empty());
  lock();
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

/// Leaves the lock of a job that was killed. `further`: ranks that it names beside its own process.
void leave_by_killed_job(const std::filesystem::path& folder, const std::vector<std::string>& further = {}) {
  const auto child = ::fork();
  if (child == 0) {
    auto ranks = further;
    ranks.push_back(own_process());
    const FolderLock held(
        folder, "attribute", [] {}, quick, {}, ranks);
    ::raise(SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
}

TEST_F(FolderLocks, OfAKilledProcessHereIsTakenOverAtOnce) {
  leave_by_killed_job(folder_.path());
  ASSERT_TRUE(std::filesystem::exists(file()));
  const auto start = std::chrono::steady_clock::now();
  lock({milliseconds(50), milliseconds(60'000)});
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(10'000));
}

/// A job in a process of its own that begins when the pipe `begin` is closed. Ends with 0 when it has held the lock
/// alone, 1 when the lock was refused, and 2 when another job held the lock at the same time.
pid_t start_holder(const std::filesystem::path& folder, const std::array<int, 2>& begin, int milliseconds_held) {
  const auto child = ::fork();
  if (child != 0) {
    return child;
  }
  ::close(begin[1]);
  char byte = 0;
  [[maybe_unused]] const auto nothing = ::read(begin[0], &byte, 1);  // until the other end is closed
  int outcome = 1;
  try {
    const FolderLock held(
        folder, "attribute", [] {}, quick);
    const auto evidence = (folder / "held").string();
    outcome = ::open(evidence.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600) < 0 ? 2 : 0;
    std::this_thread::sleep_for(milliseconds(milliseconds_held));
    if (outcome == 0) {
      ::unlink(evidence.c_str());
    }
  } catch (const Error&) {  // refused
  }
  ::_exit(outcome);
}

// Every other pair of jobs meets the lock of a killed job, which both want to take over.
TEST_F(FolderLocks, NeverHaveTwoHolders) {
#ifdef __SANITIZE_ADDRESS__
  constexpr int pairs = 60;  // a fork copies the sanitizer's memory as well
#else
  constexpr int pairs = 200;
#endif
  int held = 0;
  for (int pair = 0; pair < pairs; ++pair) {
    if (pair % 2 == 1) {
      leave_by_killed_job(folder_.path());
    }
    std::array<int, 2> begin{};
    ASSERT_EQ(::pipe(begin.data()), 0);
    const std::array<pid_t, 2> jobs = {start_holder(folder_.path(), begin, pair % 5),
                                       start_holder(folder_.path(), begin, pair % 3)};
    ::close(begin[0]);
    ::close(begin[1]);
    for (const auto job : jobs) {
      int status = 0;
      ASSERT_EQ(::waitpid(job, &status, 0), job);
      ASSERT_TRUE(WIFEXITED(status));
      ASSERT_NE(WEXITSTATUS(status), 2) << "two holders in pair " << pair;
      held += WEXITSTATUS(status) == 0 ? 1 : 0;
    }
    ASSERT_TRUE(std::filesystem::is_empty(folder_.path())) << "pair " << pair;
  }
  EXPECT_GE(held, pairs) << "at least one job of each pair holds the lock";
}

/// A process that lives for this time, as own_process describes it.
class Rank {
 public:
  explicit Rank(milliseconds life) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
      throw std::runtime_error("no pipe");
    }
    child_ = ::fork();
    if (child_ == 0) {
      const auto text = own_process();
      [[maybe_unused]] const auto written = ::write(ends[1], text.data(), text.size());
      std::this_thread::sleep_for(life);
      ::_exit(0);
    }
    std::array<char, 1000> text{};
    const auto size = ::read(ends[0], text.data(), text.size());
    text_.assign(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    ::close(ends[0]);
    ::close(ends[1]);
  }
  ~Rank() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Rank(const Rank&) = delete;
  Rank& operator=(const Rank&) = delete;

  const std::string& text() const { return text_; }
  pid_t process() const { return child_; }

 private:
  pid_t child_ = 0;
  std::string text_;
};

TEST_F(FolderLocks, OfAKilledRootWaitsForTheOtherRanks) {
  const Rank rank(milliseconds(600));
  leave_by_killed_job(folder_.path(), {rank.text()});
  const auto start = std::chrono::steady_clock::now();
  lock({milliseconds(50), milliseconds(60'000)});
  EXPECT_GT(std::chrono::steady_clock::now() - start, milliseconds(100));
}

TEST_F(FolderLocks, OfAKilledRootNamesTheRanksThatDoNotEnd) {
  const Rank rank(milliseconds(60'000));
  leave_by_killed_job(folder_.path(), {rank.text()});
  try {
    lock();
    FAIL() << "a rank still writes";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::fault);
    EXPECT_NE(std::string(error.what()).find(fmt::format("process {}.", rank.process())), std::string::npos)
        << error.what();
  }
}

TEST_F(FolderLocks, OfAnotherHostIsWatched) {
  leave_by_other_host();
  lock();  // nobody beats: taken over
  leave_by_other_host();
  std::atomic<bool> done = false;
  std::thread beats([&] {
    while (!done) {
      std::this_thread::sleep_for(milliseconds(30));
      std::filesystem::last_write_time(file(), std::filesystem::file_time_type::clock::now());
    }
  });
  EXPECT_THROW(lock({milliseconds(50), milliseconds(60'000)}), Error);
  done = true;
  beats.join();
}

TEST_F(FolderLocks, OfAnEarlierStartOfTheSameSlurmJobIsTakenOverAtOnce) {
  leave_by_other_host("job=77\nrestart=\n");
  ::setenv("SLURM_JOB_ID", "77", 1);
  ::setenv("SLURM_RESTART_COUNT", "1", 1);
  const auto start = std::chrono::steady_clock::now();
  lock({milliseconds(50), milliseconds(60'000)});
  ::unsetenv("SLURM_JOB_ID");
  ::unsetenv("SLURM_RESTART_COUNT");
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(10'000));
}

TEST_F(FolderLocks, SaysWhenItWasLost) {
  std::atomic<bool> lost = false;
  {
    const FolderLock held(
        folder_.path(), "attribute", [&] { lost = true; }, quick);
    leave_by_other_host();
    for (int i = 0; i < 3000 && !lost; ++i) {
      std::this_thread::sleep_for(milliseconds(10));
    }
  }
  EXPECT_TRUE(lost);
  EXPECT_TRUE(std::filesystem::exists(file())) << "it is the other job's now";
}

TEST_F(FolderLocks, ThatIsNoReadableFileIsRefusedAtOnce) {
  const auto refused = [&](const std::string& found) {
    try {
      lock({milliseconds(50), milliseconds(60'000)});
      ADD_FAILURE() << "locked in spite of: " << found;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::fault);
      EXPECT_NE(std::string(error.what()).find(file().string()), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find(found), std::string::npos) << error.what();
    }
    EXPECT_THROW(lock_holder(folder_.path()), Error);
  };
  std::filesystem::create_symlink("/nonexistent", file());
  refused("is a symbolic link");
  std::filesystem::remove(file());
  std::filesystem::create_directory(file());
  refused("is not a regular file");
  std::filesystem::remove(file());
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  refused("is not a regular file");
}

TEST_F(FolderLocks, EndsItsWaitWhenTheJobIsToStop) {
  leave_by_other_host();
  try {
    const FolderLock held(
        folder_.path(), "attribute", [] {}, {milliseconds(50), milliseconds(60'000)}, [] { return true; });
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::stopped);
  }
}

TEST_F(FolderLocks, SaysHowOldTheLastHeartbeatIs) {
  EXPECT_EQ(last_sign_of_life(folder_.path()), "never");
  const auto held = lock({milliseconds(60'000), milliseconds(600'000)});
  std::filesystem::last_write_time(file(), std::filesystem::file_time_type::clock::now() - std::chrono::seconds(100));
  const auto sign = last_sign_of_life(folder_.path());
  EXPECT_TRUE(sign == "100 s ago" || sign == "101 s ago") << sign;
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1) << "no other file is left";
}

/// Runs `work` in a child process and returns its exit code, or -1 when a signal ended it.
int exit_code_of_child(const std::function<int()>& work) {
  const auto child = ::fork();
  if (child == 0) {
    ::_exit(work());
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr int not_permitted = 77;

/// Becomes a user to whom /proc hides the processes of others. Returns false where the test may not do that.
bool become_user_without_proc() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("proc", "/proc", "proc", 0, "hidepid=2") == 0 && ::setgid(65534) == 0 && ::setuid(65534) == 0;
}

TEST_F(FolderLocks, OfAProcessThatProcHidesIsNotTakenOver) {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  const auto held = lock({milliseconds(60'000), milliseconds(600'000)});
  const auto code = exit_code_of_child([&] {
    if (!become_user_without_proc()) {
      return not_permitted;
    }
    try {
      lock();
    } catch (const Error& error) {
      return std::string(error.what()).find("in use by") == std::string::npos ? 2 : 0;
    }
    return 1;
  });
  if (code == not_permitted) {
    GTEST_SKIP() << "mounting /proc with hidepid needs root";
  }
  EXPECT_EQ(code, 0) << "1: taken over; 2: another error";
}

TEST_F(FolderLocks, ThatCannotBeReadOrRemovedIsRefusedAtOnce) {
  if (::getuid() != 0) {
    GTEST_SKIP() << "files of another user need root";
  }
  const auto words_of_nobody = [&](const std::string& words) {
    return exit_code_of_child([&] {
      if (::setgid(65534) != 0 || ::setuid(65534) != 0) {
        return not_permitted;
      }
      ::alarm(20);
      try {
        lock();
      } catch (const Error& error) {
        return std::string(error.what()).find(words) == std::string::npos ? 2 : 0;
      }
      return 1;
    });
  };
  leave_by_other_host();
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  std::filesystem::permissions(file(), std::filesystem::perms::none);
  EXPECT_EQ(words_of_nobody("cannot be read: Permission denied"), 0);
  std::filesystem::permissions(file(), std::filesystem::perms::owner_read | std::filesystem::perms::others_read);
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all | std::filesystem::perms::sticky_bit);
  EXPECT_EQ(words_of_nobody("cannot be removed: Operation not permitted"), 0);
}

}  // namespace
}  // namespace sightline::base

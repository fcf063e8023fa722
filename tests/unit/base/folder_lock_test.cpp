#include "base/folder_lock.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
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

TEST_F(FolderLocks, OfAKilledProcessHereIsTakenOverAtOnce) {
  const auto child = ::fork();
  if (child == 0) {
    const auto held = lock();
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(std::filesystem::exists(file()));
  const auto start = std::chrono::steady_clock::now();
  lock({milliseconds(50), milliseconds(60'000)});
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(10'000));
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

}  // namespace
}  // namespace sightline::base

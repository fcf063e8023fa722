// lock_holder FOLDER EVIDENCE MILLISECONDS: a job that locks FOLDER, for tests on several hosts. While it holds the
// lock there is the file EVIDENCE. Ends with 0 when it has held the lock alone, 1 when the lock was refused, and 2 when
// EVIDENCE was there already: another job held the lock.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

#include "base/error.hpp"
#include "base/folder_lock.hpp"

int main(int count, char** words) {
  using std::chrono::milliseconds;
  if (count != 4) {
    return 3;
  }
  // The timeout is longer than the file system of the tests (hosts.py) believes an attribute.
  constexpr sightline::base::LockTimes times{milliseconds(500), milliseconds(5'000)};
  try {
    const sightline::base::FolderLock held(
        words[1], "attribute", [] {}, times);
    if (::open(words[2], O_CREAT | O_EXCL | O_WRONLY, 0600) < 0) {
      return 2;
    }
    std::this_thread::sleep_for(milliseconds(std::atoi(words[3])));
    ::unlink(words[2]);
  } catch (const sightline::base::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

#include "store/read_guard.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace sightline::store {
namespace {

constexpr auto input = static_cast<int>(base::ExitCode::input);

TEST(ReadGuardDeathTest, EndsTheProcessWhereHdf5WouldCrash) {
  for (const int signal : {SIGSEGV, SIGABRT}) {
    EXPECT_EXIT(
        {
          const ReadGuard guard("/data/s.h5");
          raise(signal);
        },
        testing::ExitedWithCode(input), "error: /data/s.h5: HDF5 fails");
  }
}

TEST(ReadGuardDeathTest, EndsTheProcessWhereHdf5WouldLoop) {
  EXPECT_EXIT(
      {
        const ReadGuard guard("/data/s.h5", std::chrono::milliseconds(50));
        for (volatile bool endless = true; endless;) {
        }
      },
      testing::ExitedWithCode(input), "error: /data/s.h5: HDF5 fails");
}

TEST(ReadGuardDeathTest, IsGoneAfterwards) {
  EXPECT_EXIT(
      {
        { const ReadGuard guard("/data/s.h5", std::chrono::milliseconds(50)); }
        const auto begin = std::clock();
        while (std::clock() - begin < CLOCKS_PER_SEC / 5) {
        }
        _exit(7);
      },
      testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace sightline::store

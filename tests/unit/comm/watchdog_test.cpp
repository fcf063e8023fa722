// Every test is run by all ranks together; expectations hold for any number of ranks.

#include "comm/watchdog.hpp"

#include <gtest/gtest.h>

#include "base/activity.hpp"

namespace sightline::comm {
namespace {

using namespace std::chrono_literals;

RankState rank(double silent, double idle, bool waiting, const std::string& doing = "") {
  return {silent, idle, waiting, "n7", doing};
}

TEST(FindStalled, NamesWhoIsSilentAndWhoMakesNoProgress) {
  const auto busy = rank(1.0, 2.0, false);
  EXPECT_EQ(find_stalled({busy, busy}, 10.0), "");
  EXPECT_EQ(find_stalled({busy, rank(11.0, 2.0, true)}, 10.0), "rank 1 on n7: no sign of life for 11 s");
  EXPECT_EQ(find_stalled({rank(1.0, 12.0, false, "resnet50, gradcam, a.jpg"), busy}, 10.0),
            "rank 0 on n7, at resnet50, gradcam, a.jpg: no progress for 12 s");
}

TEST(FindStalled, AllowsToWaitForAnotherRank) {
  const auto waits = rank(1.0, 1000.0, true);
  EXPECT_EQ(find_stalled({waits, rank(1.0, 2.0, false), waits}, 10.0), "");
  EXPECT_EQ(find_stalled({waits, rank(1.0, 20.0, false), waits}, 10.0), "rank 1 on n7: no progress for 20 s")
      << "those that wait are not to blame";
}

TEST(FindStalled, NamesAllWhenEachWaits) {
  const auto waits = rank(1.0, 20.0, true);
  EXPECT_EQ(find_stalled({waits, waits}, 10.0),
            "rank 0 on n7: waits for the other ranks for 20 s; rank 1 on n7: waits for the other ranks for 20 s");
}

class Watchdogs : public testing::Test {
 protected:
  Watchdog watch(std::chrono::milliseconds stall) {
    return {ranks_, stall, [](const std::string& stalled) { ADD_FAILURE() << stalled; }};
  }

  const Communicator ranks_;
};

TEST_F(Watchdogs, AreSilentWhileRanksWorkOrWait) {
  const auto watchdog = watch(500ms);
  for (int i = 0; i < 20; ++i) {  // the root works, the others wait for it longer than `stall`
    if (ranks_.is_root()) {
      std::this_thread::sleep_for(50ms);
      base::give_sign_of_life();
    }
  }
  EXPECT_FALSE(ranks_.any(false));
}

TEST_F(Watchdogs, EndInAnyOrder) {
  for (const auto stall : {0ms, 1000ms}) {
    const auto watchdog = watch(stall);
    std::this_thread::sleep_for(20ms * (ranks_.size() - ranks_.rank()));
  }
}

TEST(Activities, AreTextAndSignsOfLife) {
  const auto before = base::signs_of_life();
  base::set_activity({"resnet50", "", "a.jpg"});
  EXPECT_GT(base::signs_of_life(), before);
  EXPECT_EQ(base::activity().text(), "resnet50, a.jpg");
  base::set_activity({});
  EXPECT_EQ(base::activity().text(), "");
}

}  // namespace
}  // namespace sightline::comm

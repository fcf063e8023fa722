// Every test is run by all ranks together; expectations hold for any number of ranks.

#include "comm/work_counter.hpp"

#include <gtest/gtest.h>

namespace sightline::comm {
namespace {

class WorkCounters : public testing::Test {
 protected:
  /// How often each unit was handed out, on the root; elsewhere empty.
  std::vector<std::int64_t> times_handed_out(const std::vector<std::int64_t>& own, std::int64_t units) const {
    std::vector<std::int64_t> times(static_cast<std::size_t>(units));
    for (const auto unit : own) {
      ++times.at(static_cast<std::size_t>(unit));
    }
    return ranks_.reduce(times);
  }

  const Communicator ranks_;
};

TEST_F(WorkCounters, HandOutEveryUnitOnceAndInOrder) {
  for (const std::int64_t units : {0, 1, 2, 100}) {
    std::vector<std::int64_t> own;
    WorkCounter::Done last;
    {
      WorkCounter counter(ranks_, units, [&](const WorkCounter::Done& done) { last = done; });
      while (const auto unit = counter.next()) {
        EXPECT_TRUE(own.empty() || own.back() < *unit);
        own.push_back(*unit);
        counter.add({1, 10});
      }
      EXPECT_FALSE(counter.next().has_value()) << "the end stays the end";
      EXPECT_FALSE(counter.stopped());
    }
    const auto times = times_handed_out(own, units);
    EXPECT_EQ(times, std::vector<std::int64_t>(ranks_.is_root() ? static_cast<std::size_t>(units) : 0U, 1));
    if (ranks_.is_root()) {
      EXPECT_EQ(last.records, units) << "each rank reports its last unit before it leaves";
      EXPECT_EQ(last.work, 10 * units);
    }
  }
}

TEST_F(WorkCounters, GiveNobodyMoreOnceARankStops) {
  constexpr std::int64_t units = 1000;
  WorkCounter counter(ranks_, units);
  std::vector<std::int64_t> own;
  const bool stops = ranks_.rank() == ranks_.size() - 1;
  while (const auto unit = counter.next()) {
    own.push_back(*unit);
    if (stops && own.size() == 3) {
      counter.stop();
    }
  }
  EXPECT_FALSE(counter.next().has_value());
  if (stops) {
    EXPECT_EQ(own.size(), 3U);
  }
  const auto times = times_handed_out(own, units);
  for (std::size_t unit = 0; unit < times.size(); ++unit) {
    EXPECT_LE(times[unit], 1) << unit;
    EXPECT_TRUE(unit == 0 || times[unit] <= times[unit - 1]) << "no unit is left out before " << unit;
  }
}

TEST_F(WorkCounters, TellRanksThatAreInTheirLastUnitThatOneStops) {
  WorkCounter counter(ranks_, 0);
  EXPECT_FALSE(counter.next().has_value());
  ranks_.any(true);  // all are past the end
  if (ranks_.is_root()) {
    counter.stop();
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!counter.stopped() && std::chrono::steady_clock::now() < until) {
  }
  EXPECT_TRUE(counter.stopped());
}

TEST_F(WorkCounters, EndWithoutHavingBeenAsked) {
  const WorkCounter counter(ranks_, 5);
  SUCCEED() << "the destructor stops the thread that serves";
}

}  // namespace
}  // namespace sightline::comm

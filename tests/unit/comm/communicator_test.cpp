// Every test is run by all ranks together; expectations hold for any number of ranks.

#include "comm/communicator.hpp"

#include <new>
#include <stdexcept>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/random.hpp"

namespace sightline::comm {
namespace {

class Ranks : public testing::Test {
 protected:
  const Communicator ranks_;
  const int last_ = ranks_.size() - 1;
};

TEST_F(Ranks, AreNumberedOnceAndOnOneNode) {
  const auto numbers = ranks_.gather(std::to_string(ranks_.rank()));
  EXPECT_EQ(numbers.size(), ranks_.is_root() ? static_cast<std::size_t>(ranks_.size()) : 0U);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(numbers[i], std::to_string(i));
  }
  EXPECT_EQ(ranks_.node_rank(), ranks_.rank());
}

TEST_F(Ranks, GatherTextsOfAnyLength) {
  const std::string own(static_cast<std::size_t>(1000 * (last_ - ranks_.rank())), 'x');
  const auto texts = ranks_.gather(own);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(texts[i].size(), 1000U * (static_cast<std::size_t>(last_) - i));
  }
}

struct Point {
  double x;
  int y;
  bool operator==(const Point&) const = default;
};

TEST_F(Ranks, BroadcastTheRootsValueOfEveryType) {
  const auto rank = ranks_.rank();
  EXPECT_EQ(ranks_.broadcast(std::string(rank == 0 ? "root's" : "somebody else's, and longer")), "root's");
  EXPECT_EQ(ranks_.broadcast(std::string()), "");
  EXPECT_EQ(ranks_.broadcast(100 + rank), 100);
  EXPECT_EQ(ranks_.broadcast(Point{0.5 + rank, 7 + rank}), (Point{0.5, 7}));
  const std::vector<Point> points(2, {1.5, 2});
  EXPECT_EQ(ranks_.broadcast(rank == 0 ? points : std::vector<Point>(5)), points);
  EXPECT_TRUE(ranks_.broadcast(std::vector<double>(static_cast<std::size_t>(rank))).empty());
}

TEST_F(Ranks, ReduceExactSumsToTheSameBitsAsOneRank) {
  const base::NumberStream numbers("reduced", 1);
  std::vector<base::ExactSum> own(2);
  std::vector<base::ExactSum> expected(2);
  for (std::uint64_t i = 0; i < 300; ++i) {
    const double value = numbers.normal(i) * 1e-3;
    expected[i % 2].add(value);
    if (static_cast<int>(i) % ranks_.size() == ranks_.rank()) {
      own[i % 2].add(value);
    }
  }
  const auto sums = ranks_.reduce(own);
  ASSERT_EQ(sums.size(), ranks_.is_root() ? 2U : 0U);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    EXPECT_EQ(sums[i].words(), expected[i].words());
  }
}

TEST_F(Ranks, ReduceCountsAndNothingAtAll) {
  const auto counts = ranks_.reduce(std::vector<std::int64_t>{1, ranks_.rank(), std::int64_t{1} << 40});
  if (ranks_.is_root()) {
    EXPECT_EQ(counts, (std::vector<std::int64_t>{ranks_.size(), ranks_.size() * last_ / 2,
                                                 ranks_.size() * (std::int64_t{1} << 40)}));
  } else {
    EXPECT_TRUE(counts.empty());
  }
  EXPECT_TRUE(ranks_.reduce(std::vector<std::int64_t>{}).empty());
  EXPECT_TRUE(ranks_.reduce(std::vector<base::ExactSum>{}).empty());
}

TEST_F(Ranks, SumInPlaceOnEveryRank) {
  std::vector<float> singles = {1.0F, static_cast<float>(ranks_.rank())};
  std::vector<double> doubles = {0.5, static_cast<double>(ranks_.rank())};
  ranks_.all_reduce_sum(singles);
  ranks_.all_reduce_sum(doubles);
  const double size = ranks_.size();
  EXPECT_EQ(singles, (std::vector<float>{static_cast<float>(size), static_cast<float>(size * last_ / 2)}));
  EXPECT_EQ(doubles, (std::vector<double>{0.5 * size, size * last_ / 2}));
}

TEST_F(Ranks, ExchangeNumbersOfAnyCountWithEachOther) {
  // Rank a has a + 2 b numbers for rank b, each 100 a + b.
  const auto count = [](int a, int b) { return static_cast<std::uint64_t>(a + 2 * b); };
  std::vector<std::uint64_t> sent;
  std::vector<std::uint64_t> received;
  std::vector<float> own;
  std::vector<float> expected;
  for (int other = 0; other < ranks_.size(); ++other) {
    sent.push_back(count(ranks_.rank(), other));
    received.push_back(count(other, ranks_.rank()));
    own.insert(own.end(), sent.back(), static_cast<float>(100 * ranks_.rank() + other));
    expected.insert(expected.end(), received.back(), static_cast<float>(100 * other + ranks_.rank()));
  }
  EXPECT_EQ(ranks_.exchange(own, sent, received), expected);
}

TEST_F(Ranks, KnowTheLargestNumberAndWhetherAnyFlagIsSet) {
  EXPECT_EQ(ranks_.reduce_max(2.0 + ranks_.rank()), ranks_.is_root() ? 2.0 + last_ : 0.0);
  EXPECT_EQ(ranks_.reduce_max(-3.0), ranks_.is_root() ? -3.0 : 0.0);
  EXPECT_TRUE(ranks_.any(ranks_.rank() == last_));
  EXPECT_FALSE(ranks_.any(false));
}

/// What every rank is told when `work` runs on all of them.
base::Error error_of_all(const Communicator& ranks, const std::function<void()>& work) {
  try {
    ranks.all_or_throw(work);
  } catch (const base::Error& error) {
    return error;
  }
  return base::fault("nothing was thrown");
}

TEST_F(Ranks, AllThrowTheErrorOfTheLowestRankThatFailed) {
  EXPECT_NO_THROW(ranks_.all_or_throw([] {}));
  const auto of_last = error_of_all(ranks_, [this] {
    if (ranks_.rank() == last_) {
      throw base::Error(base::ExitCode::input, "a broken file");
    }
  });
  EXPECT_EQ(of_last.what(), last_ == 0 ? "a broken file" : "rank " + std::to_string(last_) + ": a broken file");
  EXPECT_EQ(of_last.code(), base::ExitCode::input);
  const auto of_root = error_of_all(
      ranks_, [this] { throw base::Error(base::ExitCode::usage, "seen by rank " + std::to_string(ranks_.rank())); });
  EXPECT_STREQ(of_root.what(), "seen by rank 0");
  EXPECT_EQ(of_root.code(), base::ExitCode::usage);
}

TEST_F(Ranks, OtherExceptionsBecomeFaults) {
  const auto standard = error_of_all(ranks_, [] { throw std::runtime_error("from a library"); });
  EXPECT_STREQ(standard.what(), "from a library");
  EXPECT_EQ(standard.code(), base::ExitCode::fault);
  const auto memory = error_of_all(ranks_, [] { throw std::bad_alloc(); });
  EXPECT_STREQ(memory.what(), "out of memory");
}

TEST(MpiVersion, IsOneLine) {
  EXPECT_FALSE(mpi_version().empty());
  EXPECT_EQ(mpi_version().find('\n'), std::string::npos);
}

}  // namespace
}  // namespace sightline::comm

// Every test is run by all ranks together; expectations hold for any number of ranks.

#include "comm/processors.hpp"

#include <gtest/gtest.h>

namespace sightline::comm {
namespace {

TEST(Processors, OfEveryRankAreKnownToTheRoot) {
  const Communicator ranks;
  const auto own = this_place();
  EXPECT_FALSE(own.host.empty());
  EXPECT_FALSE(own.cores.empty());
  const auto places = all_places(ranks);
  ASSERT_EQ(places.size(), ranks.is_root() ? static_cast<std::size_t>(ranks.size()) : 0U);
  if (ranks.is_root()) {
    EXPECT_EQ(places[0].host, own.host);
    EXPECT_EQ(places[0].cores, own.cores);
  }
}

TEST(Processors, OversubscribedHostsAreNamed) {
  const RankPlace first = {"node1", {0, 1, 2, 3}};
  const RankPlace second = {"node2", {0, 1}};
  EXPECT_TRUE(oversubscribed({first, first}, 2).empty()) << "two ranks share four cores";
  EXPECT_TRUE(oversubscribed({{"node1", {0, 1}}, {"node1", {2, 3}}}, 2).empty());
  const auto sentences = oversubscribed({first, second, second}, 2);
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_NE(sentences[0].find("node2"), std::string::npos) << sentences[0];
  EXPECT_TRUE(oversubscribed({}, 2).empty());
}

}  // namespace
}  // namespace sightline::comm

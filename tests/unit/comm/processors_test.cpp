// Every test is run by all ranks together; expectations hold for any number of ranks.

#include "comm/processors.hpp"

#include <gtest/gtest.h>

namespace sightline::comm {
namespace {

TEST(Processors, OfEveryRankAreKnownToTheRoot) {
  const Communicator ranks;
  const auto own = own_binding();
  EXPECT_FALSE(own.host.empty());
  EXPECT_FALSE(own.cores.empty());
  const auto bindings = gather_bindings(ranks);
  ASSERT_EQ(bindings.size(), ranks.is_root() ? static_cast<std::size_t>(ranks.size()) : 0U);
  if (ranks.is_root()) {
    EXPECT_EQ(bindings[0].host, own.host);
    EXPECT_EQ(bindings[0].cores, own.cores);
  }
}

TEST(Processors, OversubscribedHostsAreNamed) {
  const RankBinding first = {"node1", {0, 1, 2, 3}};
  const RankBinding second = {"node2", {0, 1}};
  EXPECT_TRUE(oversubscription_warnings({first, first}, 2).empty()) << "two ranks share four cores";
  EXPECT_TRUE(oversubscription_warnings({{"node1", {0, 1}}, {"node1", {2, 3}}}, 2).empty());
  const auto sentences = oversubscription_warnings({first, second, second}, 2);
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_NE(sentences[0].find("node2"), std::string::npos) << sentences[0];
  EXPECT_TRUE(oversubscription_warnings({}, 2).empty());
}

}  // namespace
}  // namespace sightline::comm

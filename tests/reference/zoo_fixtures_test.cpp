// Every architecture of the registry against timm, torchvision and pytorch-grad-cam, through tests/fixtures/zoo.json:
// needs no shared folder.

#include "zoo_fixtures.hpp"

#include <set>

#include <gtest/gtest.h>

#include "models/zoo/registry.hpp"

namespace sightline::tests {
namespace {

TEST(ZooFixtures, EveryArchitectureEqualsTimm) {
  std::set<std::string> done;
  for (const auto& spec : models::all_models()) {
    if (done.insert(spec.id.substr(0, spec.id.find('.'))).second) {
      expect_equal_to_timm(spec);
    }
  }
  EXPECT_EQ(done.size(), zoo_fixtures()["values"].size());
}

}  // namespace
}  // namespace sightline::tests

#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace sightline::comm {

/// The cores a rank may run on, as its launcher bound it.
struct RankPlace {
  std::string host;
  std::vector<int> cores;
};

/// Of this process.
RankPlace this_place();

/// collective. Of every rank, by rank, on the root; elsewhere empty.
std::vector<RankPlace> all_places(const Communicator& ranks);

/// One sentence for each host whose ranks together want more threads than they have cores between them.
std::vector<std::string> oversubscribed(const std::vector<RankPlace>& places, std::int64_t threads);

}  // namespace sightline::comm

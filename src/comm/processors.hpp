#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace sightline::comm {

/// The CPU binding of a rank.
struct RankBinding {
  std::string host;
  std::vector<int> cores;  ///< the logical CPUs that the launcher lets the rank run on
};

/// The binding of this process.
RankBinding own_binding();

/// collective. Returns the bindings of all ranks, in the order of the ranks, on the root and an empty vector on the
/// other ranks.
std::vector<RankBinding> gather_bindings(const Communicator& ranks);

/// One sentence for each host whose ranks, with `threads` threads each, have more threads than cores. `bindings` are
/// those of all ranks.
std::vector<std::string> oversubscription_warnings(const std::vector<RankBinding>& bindings, std::int64_t threads);

}  // namespace sightline::comm

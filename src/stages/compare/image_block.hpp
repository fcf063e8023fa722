#pragma once

#include <cstdint>

#include "comm/communicator.hpp"

namespace sightline::stages {

/// A contiguous block of the images, possibly empty.
struct ImageBlock {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// The block of this rank: the ranks' blocks follow each other in the order of the ranks and cover all images.
inline ImageBlock block_of(const comm::Communicator& ranks, std::uint64_t images) {
  const auto rank = static_cast<std::uint64_t>(ranks.rank());
  const auto size = static_cast<std::uint64_t>(ranks.size());
  const auto first = images * rank / size;
  return {first, images * (rank + 1) / size - first};
}

}  // namespace sightline::stages

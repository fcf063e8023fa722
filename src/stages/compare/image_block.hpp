#pragma once

#include <cstdint>

#include "comm/communicator.hpp"

namespace sightline::stages {

/// A contiguous block of the images, possibly empty.
struct ImageBlock {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// The block of a rank: the blocks of `size` ranks follow each other in the order of the ranks and cover all images.
inline ImageBlock block_of(int rank, int size, std::uint64_t images) {
  const auto end_of = [&](int ranks) {
    return images * static_cast<std::uint64_t>(ranks) / static_cast<std::uint64_t>(size);
  };
  return {end_of(rank), end_of(rank + 1) - end_of(rank)};
}

/// The block of this rank.
inline ImageBlock block_of(const comm::Communicator& ranks, std::uint64_t images) {
  return block_of(ranks.rank(), ranks.size(), images);
}

}  // namespace sightline::stages

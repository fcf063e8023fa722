#include "stages/compare/join_pairs.hpp"

#include <algorithm>

#include "stages/compare/image_block.hpp"
#include "stages/run/pair_shares.hpp"

namespace sightline::stages {
namespace {

/// collective. The values of this rank's pairs for all images (count x images), from those that each rank has of all
/// pairs for its block of the images. So no rank holds all pairs of all images.
std::vector<float> values_of_own_pairs(const comm::Communicator& ranks, const std::vector<PairShare>& shares,
                                       std::uint64_t images, const std::vector<float>& block) {
  const auto& own = shares[static_cast<std::size_t>(ranks.rank())];
  const auto own_images = block_of(ranks, images).count;
  std::vector<std::uint64_t> sent;
  std::vector<std::uint64_t> received;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    sent.push_back(shares[static_cast<std::size_t>(rank)].count * own_images);
    received.push_back(own.count * block_of(rank, ranks.size(), images).count);
  }
  const auto parts = ranks.exchange(block, sent, received);
  std::vector<float> values(own.count * images);
  auto from = parts.begin();
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const auto part = block_of(rank, ranks.size(), images);
    for (std::size_t pair = 0; pair < own.count; ++pair) {
      std::copy_n(from, part.count, values.begin() + static_cast<std::ptrdiff_t>(pair * images + part.first));
      from += static_cast<std::ptrdiff_t>(part.count);
    }
  }
  return values;
}

/// collective. The sums over all ranks, on the root; other ranks get empty sums.
comparison::PairSums reduce(const comm::Communicator& ranks, const comparison::PairSums& mine) {
  return {mine.models(), ranks.reduce(mine.sums()), ranks.reduce(mine.counts())};
}

}  // namespace

MetricResult join_pairs(const comm::Communicator& ranks, const PairBlock& block, std::uint64_t images) {
  const auto all = reduce(ranks, block.all);
  const auto matching = reduce(ranks, block.matching);
  const auto shares = share_pairs(static_cast<std::size_t>(ranks.size()), comparison::pair_count(block.all.models()));
  MetricResult result{block.metric, shares[static_cast<std::size_t>(ranks.rank())],
                      values_of_own_pairs(ranks, shares, images, block.values)};
  if (ranks.is_root()) {
    result.all = {comparison::matrices(all), all.counts()};
    result.matching = {comparison::matrices(matching), matching.counts()};
  }
  return result;
}

}  // namespace sightline::stages

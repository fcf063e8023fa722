#include "stages/run/pair_shares.hpp"

#include <algorithm>
#include <span>

#include "statistics/bootstrap.hpp"

namespace sightline::stages {

std::vector<PairShare> share_pairs(std::size_t ranks, std::size_t pairs) {
  const auto blocks = (pairs + statistics::pair_block - 1) / statistics::pair_block;
  std::vector<PairShare> shares;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    const auto first = std::min(pairs, blocks * rank / ranks * statistics::pair_block);
    const auto last = std::min(pairs, blocks * (rank + 1) / ranks * statistics::pair_block);
    shares.push_back({first, last - first});
  }
  return shares;
}

Eigen::MatrixXd gather_replicates(const comm::Communicator& ranks, const Eigen::MatrixXd& own,
                                  const std::vector<PairShare>& shares, std::size_t resamples) {
  std::vector<std::uint64_t> counts;
  std::size_t pairs = 0;
  for (const auto& share : shares) {
    counts.push_back(share.count * resamples);
    pairs += share.count;
  }
  const auto joined = ranks.gather(std::span(own.data(), static_cast<std::size_t>(own.size())), counts);
  return Eigen::Map<const Eigen::MatrixXd>(joined.data(), static_cast<Eigen::Index>(resamples),
                                           static_cast<Eigen::Index>(ranks.is_root() ? pairs : 0));
}

}  // namespace sightline::stages

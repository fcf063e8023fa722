#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include "comm/communicator.hpp"

namespace sightline::stages {

/// Consecutive pairs of models that a rank resamples.
struct PairShare {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// The pairs of each rank, in whole blocks (statistics::pair_block), so that results do not depend on the ranks.
std::vector<PairShare> share_pairs(std::size_t ranks, std::size_t pairs);

/// collective. Joins the replicates of all ranks, `own` being resamples x share.count: resamples x pairs on the root,
/// and a matrix without columns on the other ranks.
Eigen::MatrixXd gather_replicates(const comm::Communicator& ranks, const Eigen::MatrixXd& own,
                                  const std::vector<PairShare>& shares, std::size_t resamples);

}  // namespace sightline::stages

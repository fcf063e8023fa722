#pragma once

#include <functional>
#include <vector>

#include "attribution/coalitions/shapley_regression.hpp"
#include "base/random.hpp"

namespace sightline::tests {

/// What a game gives for the rows of some pairs, and for their complements.
struct PlayedPairs {
  attribution::Vector outputs;
  attribution::Vector complements;
};

/// `game`: the value of a coalition, one number a feature, 1 = present.
inline PlayedPairs play(const attribution::CoalitionPairs& pairs,
                        const std::function<double(const Eigen::RowVectorXd&)>& game) {
  PlayedPairs played{attribution::Vector(pairs.rows.rows()), attribution::Vector(pairs.rows.rows())};
  for (Eigen::Index i = 0; i < pairs.rows.rows(); ++i) {
    played.outputs[i] = game(pairs.rows.row(i));
    played.complements[i] = game(1.0 - pairs.rows.row(i).array());
  }
  return played;
}

/// All coalitions of so many features: bit f of a row's number = feature f present.
inline attribution::Matrix all_coalitions(Eigen::Index features) {
  attribution::Matrix rows(Eigen::Index{1} << features, features);
  for (Eigen::Index row = 0; row < rows.rows(); ++row) {
    for (Eigen::Index f = 0; f < features; ++f) {
      rows(row, f) = static_cast<double>((row >> f) & 1);
    }
  }
  return rows;
}

/// As LIME draws: the whole, then a fair coin for every feature.
inline attribution::Matrix toss_coins(Eigen::Index samples, Eigen::Index features, std::uint64_t seed) {
  const base::NumberStream stream("benchmark", seed);
  attribution::Matrix rows = attribution::Matrix::Ones(samples, features);
  for (auto i = features; i < rows.size(); ++i) {
    rows(i / features, i % features) = static_cast<double>(stream.bits(static_cast<std::uint64_t>(i)) >> 63U);
  }
  return rows;
}

/// What a game gives for each row.
inline attribution::Vector play(const attribution::Matrix& rows,
                                const std::function<double(const Eigen::RowVectorXd&)>& game) {
  attribution::Vector outputs(rows.rows());
  for (Eigen::Index row = 0; row < rows.rows(); ++row) {
    outputs[row] = game(rows.row(row));
  }
  return outputs;
}

/// Of a game whose every outcome is known: bit f of an outcome's index = feature f present.
inline double outcome(const std::vector<double>& game, const Eigen::RowVectorXd& row) {
  std::size_t index = 0;
  for (Eigen::Index f = 0; f < row.size(); ++f) {
    index |= row[f] > 0.5 ? std::size_t{1} << static_cast<unsigned>(f) : 0;
  }
  return game[index];
}

}  // namespace sightline::tests

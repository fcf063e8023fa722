#pragma once

#include <functional>
#include <vector>

#include "attribution/shapley_regression.hpp"

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

/// Of a game whose every outcome is known: bit f of an outcome's index = feature f present.
inline double outcome(const std::vector<double>& game, const Eigen::RowVectorXd& row) {
  std::size_t index = 0;
  for (Eigen::Index f = 0; f < row.size(); ++f) {
    index |= row[f] > 0.5 ? std::size_t{1} << static_cast<unsigned>(f) : 0;
  }
  return game[index];
}

}  // namespace sightline::tests

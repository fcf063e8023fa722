// Squared error of the paired KernelSHAP estimator on games whose every outcome is known, for
// tests/benchmarks/shapley.py:
//   shapley_benchmark SEEDS EVALUATIONS[,EVALUATIONS...]  <  games
//     games: for each a line `features`, then 2^features values, bit f of the index = feature f present
//     -> for each game and number of evaluations a line: mean over the seeds of the squared error, of its own estimate

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "attribution/coalitions/shapley_process.hpp"
#include "coalition_game.hpp"

namespace {

using sightline::attribution::Vector;

Vector shapley_values(const std::vector<double>& game, std::int64_t features) {
  std::vector<double> weights(static_cast<std::size_t>(features), 1.0 / static_cast<double>(features));
  for (std::size_t size = 1; size < weights.size(); ++size) {  // 1 / (features C(features - 1, size))
    weights[size] =
        weights[size - 1] * static_cast<double>(size) / static_cast<double>(features - static_cast<std::int64_t>(size));
  }
  Vector values = Vector::Zero(features);
  for (std::size_t coalition = 0; coalition < game.size(); ++coalition) {
    for (std::int64_t f = 0; f < features; ++f) {
      const auto bit = std::size_t{1} << static_cast<unsigned>(f);
      if ((coalition & bit) == 0) {
        values[f] +=
            weights[static_cast<std::size_t>(std::popcount(coalition))] * (game[coalition | bit] - game[coalition]);
      }
    }
  }
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: shapley_benchmark SEEDS EVALUATIONS[,EVALUATIONS...] < games\n");
    return 2;
  }
  using namespace sightline;
  std::int64_t features = 0;
  while (std::cin >> features) {
    std::vector<double> game(std::size_t{1} << static_cast<unsigned>(features));
    for (auto& outcome : game) {
      std::cin >> outcome;
    }
    const auto exact = shapley_values(game, features);
    std::stringstream budgets(argv[2]);
    for (std::string budget; std::getline(budgets, budget, ',');) {
      double error = 0.0;
      double claimed = 0.0;
      const int seeds = std::atoi(argv[1]);
      for (int seed = 0; seed < seeds; ++seed) {
        const auto pairs =
            attribution::draw_pairs({"benchmark", static_cast<std::uint64_t>(seed)}, features, std::stoll(budget));
        const auto played = tests::play(pairs, [&](const auto& row) { return tests::outcome(game, row); });
        const auto estimate =
            attribution::fit_process(pairs, played.outputs, played.complements, game.front(), game.back());
        error += (estimate.values - exact).squaredNorm() / seeds;
        claimed += estimate.standard_errors.squaredNorm() / seeds;
      }
      std::printf("%.17g %.17g\n", error, claimed);
    }
  }
  return 0;
}

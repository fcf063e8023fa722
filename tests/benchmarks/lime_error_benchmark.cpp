// Squared error of LIME's coefficients on games whose every outcome is known, for tests/benchmarks/lime_error.py:
//   lime_error_benchmark SEEDS SAMPLES[,SAMPLES...]  <  games
//     games: for each a line `features`, then 2^features values, bit f of the index = feature f present
//     -> for each game a line: the coefficients that LIME converges to; then for each number of samples a line: mean
//        over the seeds of the squared error of `process`, of its own estimate, and of `ridge` on the same samples

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "attribution/coalitions/lime_process.hpp"
#include "coalition_game.hpp"

namespace {

using namespace sightline;
using attribution::Matrix;
using attribution::Vector;

constexpr double width = 0.25;  // lime's

Vector coefficients(const Matrix& rows, const Vector& outputs, double alpha) {
  return attribution::ridge(rows, outputs, attribution::lime_weights(rows, width), alpha).coefficients;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: lime_error_benchmark SEEDS SAMPLES[,SAMPLES...] < games\n");
    return 2;
  }
  std::int64_t features = 0;
  while (std::cin >> features) {
    std::vector<double> game(std::size_t{1} << static_cast<unsigned>(features));
    for (auto& outcome : game) {
      std::cin >> outcome;
    }
    const auto value = [&](const auto& row) { return tests::outcome(game, row); };
    const auto everything = tests::all_coalitions(features);
    const auto limit = coefficients(everything, tests::play(everything, value), 0.0);
    for (const double coefficient : limit) {
      std::printf("%.17g ", coefficient);
    }
    std::printf("\n");
    std::stringstream budgets(argv[2]);
    for (std::string budget; std::getline(budgets, budget, ',');) {
      double error = 0.0;
      double claimed = 0.0;
      double of_ridge = 0.0;
      const int seeds = std::atoi(argv[1]);
      for (int seed = 0; seed < seeds; ++seed) {
        const auto rows = tests::toss_coins(std::stoll(budget), features, static_cast<std::uint64_t>(seed));
        const auto outputs = tests::play(rows, value);
        const auto made = attribution::fit_lime_process(rows, outputs, width);
        error += (made.coefficients - limit).squaredNorm() / seeds;
        claimed += made.standard_errors.squaredNorm() / seeds;
        of_ridge += (coefficients(rows, outputs, 1.0) - limit).squaredNorm() / seeds;
      }
      std::printf("%.17g %.17g %.17g\n", error, claimed, of_ridge);
    }
  }
  return 0;
}

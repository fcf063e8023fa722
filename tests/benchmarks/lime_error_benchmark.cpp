// Squared error of LIME's coefficients on games whose every outcome is known, for tests/benchmarks/lime_error.py:
//   lime_error_benchmark SEEDS SAMPLES[,SAMPLES...]  <  games
//     games: for each a line `features`, then 2^features values, bit f of the index = feature f present
//     -> for each game a line: the coefficients that LIME converges to; then for each number of samples a line: mean
//        over the seeds of the squared error of `process`, of its own estimate, and of `ridge` on the same samples

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "attribution/lime_process.hpp"
#include "base/random.hpp"
#include "coalition_game.hpp"

namespace {

using namespace sightline;
using attribution::Matrix;
using attribution::Vector;

constexpr double width = 0.25;  // lime's

attribution::Regression regression(const Matrix& rows, const Vector& outputs, double alpha) {
  const auto by_size = attribution::lime_weights(rows.cols(), width);
  const Vector weights = rows.rowwise().sum().unaryExpr([&](double size) { return by_size[std::lround(size)]; });
  return attribution::ridge(rows, outputs, weights, alpha);
}

Vector play(const std::vector<double>& game, const Matrix& rows) {
  Vector outputs(rows.rows());
  for (Eigen::Index row = 0; row < rows.rows(); ++row) {
    outputs[row] = tests::outcome(game, rows.row(row));
  }
  return outputs;
}

Matrix all_rows(Eigen::Index features) {
  Matrix rows(Eigen::Index{1} << features, features);
  for (Eigen::Index row = 0; row < rows.rows(); ++row) {
    for (Eigen::Index f = 0; f < features; ++f) {
      rows(row, f) = static_cast<double>((row >> f) & 1);
    }
  }
  return rows;
}

/// As lime draws: the whole image, then fair coins.
Matrix draw(Eigen::Index samples, Eigen::Index features, std::uint64_t seed) {
  const base::NumberStream stream("benchmark", seed);
  Matrix rows = Matrix::Ones(samples, features);
  for (auto i = features; i < rows.size(); ++i) {
    rows(i / features, i % features) = static_cast<double>(stream.bits(static_cast<std::uint64_t>(i)) >> 63U);
  }
  return rows;
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
    const auto everything = all_rows(features);
    const auto limit = regression(everything, play(game, everything), 0.0).coefficients;
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
        const auto rows = draw(std::stoll(budget), features, static_cast<std::uint64_t>(seed));
        const auto outputs = play(game, rows);
        const auto made = attribution::fit_lime_process(rows, outputs, width);
        error += (made.coefficients - limit).squaredNorm() / seeds;
        claimed += made.standard_errors.squaredNorm() / seeds;
        of_ridge += (regression(rows, outputs, 1.0).coefficients - limit).squaredNorm() / seeds;
      }
      std::printf("%.17g %.17g %.17g\n", error, claimed, of_ridge);
    }
  }
  return 0;
}

#pragma once

#include <optional>

#include "base/csv.hpp"
#include "stages/focus/focus_result.hpp"

/// The tables of `sightline focus` that rank arrangements and methods, and that compare how the quality metrics rank
/// the methods.
namespace sightline::stages {

/// Friedman's test, for each model and method, of whether the Focus score depends on the arrangement of the tiles. Its
/// blocks are the draws that exist in every arrangement (complete_draws). Nothing when there are no such draws.
std::optional<base::CsvTable> position_test_table(const FocusResult& result);

/// The ranking of every model's methods by their Focus scores.
struct MethodRanking {
  base::CsvTable ranking;  ///< each method's mean rank over the draws (1 = the best), with Friedman's test
  base::CsvTable pairs;    ///< Nemenyi's test of every two methods of a model
};
/// Ranks the methods of every model that has at least two. A draw without a defined score for one of the methods is
/// left out of the tests. Methods whose score is undefined on at least half of their mosaics are therefore left out
/// themselves; their mean rank is NaN.
MethodRanking rank_methods(const FocusResult& result);

/// The distribution over the mosaics of every quality metric, by model, metric and method. Models whose methods have no
/// metric besides Focus in common are left out.
base::CsvTable quality_table(const FocusResult& result);

/// Kendall's tau, for each model and pair of metrics, between their rankings of the model's methods, over the methods
/// that have a mean by both metrics.
base::CsvTable metric_agreement_table(const FocusResult& result);

}  // namespace sightline::stages

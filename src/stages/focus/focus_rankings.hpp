#pragma once

#include <optional>

#include "base/csv.hpp"
#include "stages/focus/focus_result.hpp"

/// The tables of `sightline focus` that rank: arrangements, methods, and metrics by how they rank methods.
namespace sightline::stages {

/// Friedman's test over draws that were laid in every arrangement. Nothing when there are none.
std::optional<base::CsvTable> position_test(const FocusResult& result);

/// Each model's methods by their mean rank over the draws, with Friedman's test, and every two of them with Nemenyi's.
/// Methods without a score on most of the mosaics take no part: they would take the others' with them.
struct MethodRanking {
  base::CsvTable ranking;
  base::CsvTable pairs;
};
MethodRanking rank_methods(const FocusResult& result);

/// By model, method and metric; only of models whose maps were judged by more than Focus.
base::CsvTable quality(const FocusResult& result);

/// Kendall's tau of how two metrics rank a model's methods, over those that both have a number for.
base::CsvTable metric_agreement(const FocusResult& result);

}  // namespace sightline::stages

#pragma once

#include <filesystem>
#include <string>

#include "stages/focus/focus_result.hpp"

namespace sightline::stages {

/// tables/focus_*.csv: every score, the summary with bootstrap intervals, by class, by arrangement with the position
/// test, the methods' ranking with Friedman's and Nemenyi's tests, trained against random weights, other quality
/// metrics and whether they rank the methods alike, and what the scores have to do with confidence and accuracy.
/// jobs/README.md lists the columns' meaning.
void write_focus_tables(const std::filesystem::path& tables, const FocusResult& result, const job::JobConfig& config);

/// The summary for a terminal.
std::string focus_overview(const FocusResult& result);

}  // namespace sightline::stages

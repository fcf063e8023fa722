#pragma once

#include <filesystem>
#include <string>

#include "stages/focus/focus_result.hpp"

namespace sightline::stages {

/// Writes focus_*.csv into the folder `tables`: every score; the summary with bootstrap intervals; the scores by class
/// and by arrangement, with the position test; the ranking of the methods with Friedman's and Nemenyi's tests; trained
/// against random weights; the other quality metrics and the agreement of their rankings; the correlation of the scores
/// with confidence and accuracy. Tables that do not apply are removed. jobs/README.md describes the columns. Throws
/// base::Error(fault) when a file cannot be written.
void write_focus_tables(const std::filesystem::path& tables, const FocusResult& result, const job::JobConfig& config);

/// The mean and median of every model and method as a table for a terminal.
std::string focus_overview(const FocusResult& result);

}  // namespace sightline::stages

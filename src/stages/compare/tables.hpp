#pragma once

#include <filesystem>
#include <string>

#include "base/csv.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// comparison.h5 and tables/*.csv, each written aside and renamed. Tables of an earlier comparison are removed.
void write_comparison(const std::filesystem::path& output, const ComparisonResult& result);

/// A table for a terminal: names, then rows with three decimals.
std::string pretty_matrix(const base::NamedMatrix& matrix);

}  // namespace sightline::stages

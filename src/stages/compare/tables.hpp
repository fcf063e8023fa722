#pragma once

#include <filesystem>
#include <string>

#include "base/csv.hpp"
#include "comm/communicator.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// collective. Writes comparison.h5, in which each rank writes the similarities of its pairs, and the matrices in
/// tables/*.csv into the folder `output`. Each file is written under another name and renamed. Tables of an earlier
/// comparison, and those that were made from it, are removed. Throws base::Error(fault) when a file cannot be written.
void write_comparison(const comm::Communicator& ranks, const std::filesystem::path& output,
                      const ComparisonResult& result);

/// The matrix as a table for a terminal: a header of names, then a row for each name, with four decimals.
std::string pretty_matrix(const base::NamedMatrix& matrix);

}  // namespace sightline::stages

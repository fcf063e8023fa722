#pragma once

#include <cstdint>

namespace sightline::stages {

/// Bytes of main memory that this process used at most so far (its largest resident set).
std::uint64_t most_memory_used();

}  // namespace sightline::stages

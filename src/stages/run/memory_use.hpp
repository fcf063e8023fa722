#pragma once

#include <cstdint>

namespace sightline::stages {

/// The peak resident set size of this process so far, in bytes.
std::uint64_t peak_memory();

}  // namespace sightline::stages

#pragma once

#include <cstdint>
#include <span>

namespace sightline::images {

/// The content of a file.
using Bytes = std::span<const std::uint8_t>;

}  // namespace sightline::images

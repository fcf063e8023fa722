#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace sightline::base {

/// FNV-1a, 64 bits, of the bytes of `text`.
std::uint64_t fnv1a64(std::string_view text);

/// CRC-32C (Castagnoli, RFC 3720) of `bytes`; `seed` continues an earlier checksum (0 starts one).
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed = 0);

/// SHA-256 as 64 lower-case hexadecimal digits. Throws Error(input) when the file cannot be read.
std::string sha256_of_file(const std::filesystem::path& file);
std::string sha256_of_text(std::string_view text);

}  // namespace sightline::base

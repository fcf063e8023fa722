#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace sightline::base {

/// The 64-bit FNV-1a hash of the bytes of `text`.
std::uint64_t fnv1a64(std::string_view text);

/// The CRC-32C checksum (Castagnoli, RFC 3720) of `bytes`. To checksum data in several blocks, pass the checksum of the
/// preceding blocks as `seed`; 0 starts a new checksum.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed = 0);

/// The SHA-256 digest of a file as 64 lower-case hexadecimal digits. Throws Error(input) when the file cannot be read.
std::string sha256_of_file(const std::filesystem::path& file);

/// The SHA-256 digest of a text as 64 lower-case hexadecimal digits.
std::string sha256_of_text(std::string_view text);

}  // namespace sightline::base

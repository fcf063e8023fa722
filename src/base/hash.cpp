#include "base/hash.hpp"

#include <array>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/error.hpp"

namespace sightline::base {
namespace {

constexpr std::uint32_t castagnoli_reflected = 0x82F63B78U;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1U) != 0 ? (value >> 1) ^ castagnoli_reflected : value >> 1;
    }
    table[byte] = value;
  }
  return table;
}

std::uint32_t crc_by_table(std::span<const std::byte> bytes, std::uint32_t crc) {
  static constexpr auto table = make_crc_table();
  for (const std::byte byte : bytes) {
    crc = table[(crc ^ static_cast<std::uint32_t>(byte)) & 0xFFU] ^ (crc >> 8);
  }
  return crc;
}

#ifdef __x86_64__
/// The processor's own CRC-32C, twenty times as fast.
__attribute__((target("sse4.2"))) std::uint32_t crc_by_instruction(std::span<const std::byte> bytes,
                                                                   std::uint32_t crc) {
  std::uint64_t wide = crc;
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= bytes.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof(word));
    wide = __builtin_ia32_crc32di(wide, word);
  }
  return crc_by_table(bytes.subspan(i), static_cast<std::uint32_t>(wide));
}
#endif

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      throw fault("OpenSSL does not provide SHA-256");
    }
  }

  void add(const void* data, std::size_t size) { EVP_DigestUpdate(context_.get(), data, size); }

  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
      text += fmt::format("{:02x}", digest[i]);
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::uint64_t fnv1a64(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char letter : text) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3ULL;
  }
  return hash;
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("sse4.2")) {
    return ~crc_by_instruction(bytes, ~seed);
  }
#endif
  return ~crc_by_table(bytes, ~seed);
}

std::string sha256_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw input_error("{}: cannot be opened for reading", file.string());
  }
  Sha256 sha;
  std::vector<char> buffer(1 << 20);
  while (stream) {
    stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    sha.add(buffer.data(), static_cast<std::size_t>(stream.gcount()));
  }
  return sha.hex();
}

std::string sha256_of_text(std::string_view text) {
  Sha256 sha;
  sha.add(text.data(), text.size());
  return sha.hex();
}

}  // namespace sightline::base

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace sightline::tests {

/// Builds a tar archive, also one with mistakes, as bytes.
class TarArchive {
 public:
  /// For `size`: the field is left empty.
  static constexpr std::int64_t no_size = -2;

  /// Adds a member. `type`: the field typeflag of its header. `size`: what the header claims, where it is not that of
  /// `data`.
  TarArchive& add(const std::string& name, const std::string& data, char type = '0', const std::string& link = "",
                  std::int64_t size = -1);
  /// Adds a pax header with one record for the next member.
  TarArchive& add_pax(const std::string& key, const std::string& value);
  /// The archive with the two blocks of zeros at its end.
  std::string bytes() const { return bytes_ + std::string(2 * 512, '\0'); }
  /// The archive without its end.
  const std::string& without_end() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace sightline::tests

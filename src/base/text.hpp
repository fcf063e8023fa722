#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::base {

/// The text without blanks, tabs and line breaks at its ends.
std::string trim(std::string_view text);

/// Splits a text at every `separator`, trims the parts and drops empty ones: "a, b,,c" gives a, b and c.
std::vector<std::string> split_list(std::string_view text, char separator = ',');

/// Splits a text at every `separator`. Parts stay as they are, empty ones too: "a,,b" gives a, an empty text and b.
std::vector<std::string> split(std::string_view text, char separator);

/// The parts with the separator between them.
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// The candidate with the smallest edit distance to `word`, or nothing when the distance of every candidate exceeds
/// max(1, word.size() / 3). The distance is the optimal string alignment distance (insertions, deletions, substitutions
/// and transpositions of neighbours), ignoring case.
std::optional<std::string> nearest_name(std::string_view word, const std::vector<std::string>& candidates);

/// The end of an error message about an unknown name: " Did you mean 'x'?" with the nearest name, or an empty string
/// when there is none.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// The whole text as an integer, or nothing when it is not one or does not fit.
std::optional<long long> parse_integer(std::string_view text);

/// The whole text as a number, or nothing when it is not a finite one.
std::optional<double> parse_number(std::string_view text);

/// A number of bytes with a unit: "500MB", "1.5 GB", "1GiB", "4096". Nothing for another text or more than 2^62 bytes.
std::optional<std::int64_t> parse_bytes(std::string_view text);

/// The shortest text that reads back as the same double, formatted as by Python's repr: 1.0, 0.1, 1e-05, nan. pandas'
/// to_csv writes the same, except that it leaves the field of nan empty by default.
std::string python_number(double value);

/// Whether the text is UTF-8 without the character NUL. HDF5 and JSON store names as such; another name would be read
/// back as a different one.
bool is_utf8(std::string_view text);

/// Whether the text may be the name of a file, with an ending that is added to it: UTF-8 without '/' and control
/// characters, not beginning with a dot, of 1 to 200 bytes. A name that a file of the user holds must pass before it
/// becomes a part of a path, or `../../x` would be written outside the output folder.
bool is_file_name(std::string_view text);

/// A duration in seconds for people: "12 s", "34 min 5 s", "27 h 9 min", "12,400 h".
std::string format_duration(double seconds);
/// A number of bytes for people, in powers of 1000: "512 B", "24.1 MB", "596 GB".
std::string format_bytes(double bytes);
/// A whole number with commas between thousands: "12,400".
std::string format_count(std::int64_t count);

}  // namespace sightline::base

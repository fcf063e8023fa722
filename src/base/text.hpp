#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::base {

std::string trim(std::string_view text);

/// Splits at `separator`, trims every part and drops empty ones: "a, b,,c" -> a b c.
std::vector<std::string> split_list(std::string_view text, char separator = ',');

std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// The candidate with the smallest edit distance to `word` (insertions, deletions, substitutions and swaps of
/// neighbours, letter case ignored), or nothing when none is within a third of the word's length (at least 1).
std::optional<std::string> nearest_name(std::string_view word, const std::vector<std::string>& candidates);

/// " Did you mean 'x'?" or an empty string: the tail of an error message about an unknown name.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// The whole text as a number, or nothing: no trailing characters, no overflow, and for doubles only finite values.
std::optional<long long> parse_integer(std::string_view text);
std::optional<double> parse_number(std::string_view text);

/// The shortest text that reads back as the same double, as Python's repr and pandas' to_csv write it: 1.0, 0.1, 1e-05,
/// nan.
std::string python_number(double value);

/// Seconds as h:mm:ss, or m:ss below an hour; rounded to whole seconds. Slurm reads both.
std::string clock_text(double seconds);

}  // namespace sightline::base

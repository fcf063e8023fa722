#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

/// Readers of foreign files under libFuzzer (tests/fuzz/run.sh). A driver gives the bytes that libFuzzer made up to one
/// reader. base::Error with ExitCode::usage or ::input is the right answer to bad bytes; any other exception, a memory
/// error and a hang are findings.
namespace sightline::fuzz {

using Bytes = std::span<const std::uint8_t>;
using Driver = void (*)(Bytes bytes);

/// The drivers by name; seeds/NAME has the files that a driver begins with.
const std::map<std::string, Driver>& drivers();

/// Writes the bytes to a file of this name, for readers that take a path. The next file of the name replaces it.
std::filesystem::path as_file(Bytes bytes, const std::string& name);

/// Reads everything of a small good store after changes to bytes of its file: four bytes say which one becomes what.
void read_edited_store(Bytes bytes);
/// Reads everything of a small good store after changes to its objects: the bytes say which attributes, datasets and
/// links become what.
void read_changed_store(Bytes bytes);

}  // namespace sightline::fuzz

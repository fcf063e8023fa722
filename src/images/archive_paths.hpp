#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sightline::images {

/// The texts that a pattern with braces stands for, as in a shell: "{a,b}.tar" and "{000..639}.tar", whose numbers keep
/// the width of the first one. Throws base::Error(input) for more than a million, and for a brace without its end.
std::vector<std::string> expand_braces(const std::string& pattern);

/// The tar archives that `where` names, in their order:
/// - a tar file;
/// - a pattern that is no path itself, with * ? [...] as in a shell (sorted) and braces (in their order);
/// - a folder that holds files named *.tar and, in it or below it, no picture (sorted).
/// Empty for anything else. Throws base::Error(input) for a folder that cannot be read, a pattern without a file, for a
/// file that a pattern without * names and that does not exist, and for a compressed archive, with the command that
/// unpacks it.
std::vector<std::filesystem::path> find_archives(const std::filesystem::path& where);

}  // namespace sightline::images

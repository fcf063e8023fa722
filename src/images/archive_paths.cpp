#include "images/archive_paths.hpp"

#include <algorithm>
#include <array>
#include <glob.h>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random_access_file.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "images/picture_name.hpp"
#include "images/tar.hpp"

namespace sightline::images {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_archives = 1'000'000;

/// The alternatives in braces: "a,b" or "000..639".
std::vector<std::string> alternatives(const std::string& text, const std::string& pattern) {
  if (const auto dots = text.find(".."); dots != std::string::npos) {
    const auto first = base::parse_integer(text.substr(0, dots));
    const auto last = base::parse_integer(text.substr(dots + 2));
    const bool ascending = first && last && *first >= 0 && *last >= *first;
    if (!ascending || *last - *first >= static_cast<long long>(most_archives)) {
      throw base::input_error("{}: '{{{}}}' should be two whole numbers, the smaller one first, such as {{000..639}}",
                              pattern, text);
    }
    std::vector<std::string> numbers;
    for (long long i = 0; i <= *last - *first; ++i) {
      numbers.push_back(fmt::format("{:0{}}", *first + i, dots));
    }
    return numbers;
  }
  return base::split(text, ',');
}

bool has_wildcard(const std::string& text) {
  return text.find_first_of("*?[") != std::string::npos;
}

/// The files that a pattern without braces stands for, sorted.
std::vector<fs::path> matches(const std::string& pattern) {
  glob_t found{};
  const int code = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
  std::vector<fs::path> files(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (code != 0 && code != GLOB_NOMATCH) {
    throw base::input_error("{}: its folders cannot be read (--images, --train or --val)", pattern);
  }
  return files;
}

std::vector<fs::path> files_of_pattern(const std::string& pattern) {
  std::vector<fs::path> files;
  for (const auto& text : expand_braces(pattern)) {
    if (has_wildcard(text)) {
      const auto found = matches(text);
      files.insert(files.end(), found.begin(), found.end());
    } else if (base::is_file(text)) {
      files.emplace_back(text);
    } else {
      throw base::input_error("{}: {}: no such file (--images, --train or --val)", pattern, text);
    }
  }
  if (files.empty()) {
    throw base::input_error("{}: no file fits this pattern (--images, --train or --val)", pattern);
  }
  return files;
}

bool has_picture(const fs::path& folder) {
  auto item = fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink);
  for (; item != fs::recursive_directory_iterator(); ++item) {
    base::throw_if_stopped();
    const auto name = item->path().filename().string();
    if (is_hidden(name)) {
      item.disable_recursion_pending();
    } else if (is_picture_name(name) && item->is_regular_file()) {
      return true;
    }
  }
  return false;
}

std::vector<fs::path> archives_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& item : fs::directory_iterator(folder)) {
    if (item.path().extension() == ".tar" && !is_hidden(item.path().filename().string()) && item.is_regular_file()) {
      files.push_back(item.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files.empty() || has_picture(folder) ? std::vector<fs::path>() : files;
}

/// A compressed format: the first bytes of its files, and the program that unpacks them.
struct Compression {
  std::string_view mark;
  const char* unpack;
};

constexpr std::array compressions = {Compression{"\x1f\x8b", "gunzip"}, Compression{"BZh", "bunzip2"},
                                     Compression{"\xfd"
                                                 "7zXZ",
                                                 "unxz"},
                                     Compression{"\x28\xb5\x2f\xfd", "unzstd"}};

void refuse_compressed(const base::RandomAccessFile& file) {
  std::array<char, 8> first{};
  const auto count = file.read(0, std::as_writable_bytes(std::span(first)));
  const std::string_view text(first.data(), count);
  for (const auto& [mark, unpack] : compressions) {
    if (text.starts_with(mark)) {
      throw base::input_error(
          "{}: is compressed, so its members cannot be read one by one; unpack it: {} '{}' (--images, --train or "
          "--val)",
          file.path().string(), unpack, file.path().string());
    }
  }
}

/// Whether a file is an archive: a tar header at its beginning, or the ending .tar, which lets an empty or damaged one
/// be told as such.
bool is_archive(const fs::path& path) {
  const base::RandomAccessFile file(path);
  refuse_compressed(file);
  return path.extension() == ".tar" || is_tar(file);
}

}  // namespace

std::vector<std::string> expand_braces(const std::string& pattern) {
  const auto open = pattern.find('{');
  if (open == std::string::npos) {
    return {pattern};
  }
  const auto close = pattern.find('}', open);
  if (close == std::string::npos) {
    throw base::input_error("{}: the brace '{{' has no end '}}'", pattern);
  }
  std::vector<std::string> expanded;
  const auto rest = expand_braces(pattern.substr(close + 1));
  const auto middle = alternatives(pattern.substr(open + 1, close - open - 1), pattern);
  if (middle.size() * rest.size() > most_archives) {
    throw base::input_error("{}: stands for {} files; at most {} are read", pattern, middle.size() * rest.size(),
                            most_archives);
  }
  for (const auto& part : middle) {
    for (const auto& end : rest) {
      expanded.push_back(fmt::format("{}{}{}", std::string_view(pattern).substr(0, open), part, end));
    }
  }
  return expanded;
}

std::vector<fs::path> find_archives(const fs::path& where) {
  if (base::is_folder(where)) {
    try {
      return archives_in(where);
    } catch (const fs::filesystem_error& error) {  // a loop of links, or a folder that may not be read
      throw base::input_error("{}: cannot be read: {} (--images, --train or --val)",
                              (error.path1().empty() ? where : error.path1()).string(), error.code().message());
    }
  }
  if (base::is_file(where)) {
    return is_archive(where) ? std::vector{where} : std::vector<fs::path>();
  }
  const auto text = where.string();
  std::error_code unknown;
  if (fs::exists(fs::symlink_status(where, unknown)) || (!has_wildcard(text) && text.find('{') == std::string::npos)) {
    return {};
  }
  auto files = files_of_pattern(text);
  for (const auto& file : files) {
    refuse_compressed(base::RandomAccessFile(file));
  }
  return files;
}

}  // namespace sightline::images

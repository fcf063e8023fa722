#include "images/tar.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "images/tar_header.hpp"

namespace sightline::images {
namespace {

/// The most bytes of a long name or a pax header. Linux has paths of at most 4096 bytes.
constexpr std::uint64_t longest_extension = std::uint64_t{1} << 20U;
/// The most links in a row that are followed, as in Linux.
constexpr int most_links = 40;

/// Reads blocks of a file. Blocks that lie close together come from one read.
class BlockReader {
 public:
  explicit BlockReader(const base::RandomAccessFile& file) : file_(file) {}

  /// The block at `offset`, valid until the next call; nothing when the file ends within it.
  std::optional<TarBlock> at(std::uint64_t offset) {
    if (offset < first_ || offset + tar_block > first_ + count_) {
      first_ = offset;
      count_ = file_.read(offset, std::as_writable_bytes(std::span(window_)));
    }
    return count_ < tar_block ? std::nullopt : std::optional(TarBlock(window_.data() + (offset - first_), tar_block));
  }

 private:
  const base::RandomAccessFile& file_;
  std::array<char, 8 * tar_block> window_{};
  std::uint64_t first_ = 0;  ///< offset of the window in the file
  std::uint64_t count_ = 0;  ///< bytes in the window
};

/// The folders and the file of a path, without empty ones and ".".
std::vector<std::string> parts_of(const std::string& path) {
  auto parts = base::split(path, '/');
  std::erase_if(parts, [](const std::string& part) { return part.empty() || part == "."; });
  return parts;
}

std::string normalised(const std::string& path) {
  return base::join(parts_of(path), "/");
}

/// The path in the archive that the link `name` leads to. Nothing when it lies outside.
std::optional<std::string> target_of(const TarHeader& header, const std::string& name) {
  const auto& text = header.link;
  if (header.type == TarType::hard_link) {
    return normalised(text);
  }
  if (text.starts_with('/')) {
    return std::nullopt;
  }
  auto path = parts_of(name);
  path.pop_back();
  for (const auto& part : parts_of(text)) {
    if (part != "..") {
      path.push_back(part);
    } else if (path.empty()) {
      return std::nullopt;
    } else {
      path.pop_back();
    }
  }
  return base::join(path, "/");
}

class TarLister {
 public:
  TarLister(const base::RandomAccessFile& file, TarRange range, std::string archive,
            const std::function<bool(const std::string&)>& wanted)
      : file_(file), blocks_(file), at_(range.begin), end_(range.end), archive_(std::move(archive)), wanted_(wanted) {}

  TarListing list() {
    while (read_member()) {
      base::throw_if_stopped();
    }
    for (const auto& entry : entries_) {
      if (wanted_(entry.member.name)) {
        add_to_listing(entry);
      }
    }
    return std::move(made_);
  }

 private:
  /// A member, or a link to one.
  struct Entry {
    TarMember member;
    bool is_link = false;
    std::optional<std::string> target = {};  ///< path in the archive that a link leads to; nothing: outside
  };

  /// Reads the header at at_ and goes behind its data. False at the end of the archive or of its readable part.
  bool read_member() {
    if (at_ == end_) {
      return false;  // the blocks of zeros that should end an archive are missing, but no member is
    }
    const auto block = end_ - at_ < tar_block ? std::nullopt : blocks_.at(at_);
    if (!block) {
      return damaged("the archive is cut off within a header");
    }
    if (is_zero_block(*block)) {
      return refuse_what_follows();
    }
    auto header = parse_tar_header(*block);
    if (!header) {
      return damaged("the archive is damaged: its next header has a wrong checksum");
    }
    const bool describes_next =
        header->type == TarType::long_name || header->type == TarType::long_link || header->type == TarType::pax;
    if (!describes_next) {
      apply_extension(*header);
    }
    if (!header->size) {
      return damaged(fmt::format("the archive is damaged: '{}' has no valid size", header->name));
    }
    const auto data = at_ + tar_block;
    const auto size = header->has_data() ? *header->size : 0;
    const bool whole = size <= end_ - data;
    if (describes_next) {
      return whole ? read_extension(header->type, data, size) && go_behind(data, size)
                   : damaged("the archive is cut off within a long name");
    }
    add(*header, {normalised(header->name), data, size}, whole);
    return whole && go_behind(data, size);
  }

  /// Looks for a header in the blocks that may follow an archive's end: two of zeros, and those that fill a record of
  /// 10 kB. Returns false.
  bool refuse_what_follows() {
    constexpr int searched = 64;
    for (int i = 0; i < searched && end_ - at_ >= tar_block; ++i, at_ += tar_block) {
      const auto block = blocks_.at(at_);
      if (block && !is_zero_block(*block) && parse_tar_header(*block)) {
        return damaged("another archive follows behind the end of this one; join them by tar --concatenate instead");
      }
    }
    return false;
  }

  bool go_behind(std::uint64_t data, std::uint64_t size) {
    const auto padded = (size + tar_block - 1) / tar_block * tar_block;
    at_ = data + std::min(padded, end_ - data);
    return true;
  }

  void fault(const std::string& sentence) { made_.faults.push_back(fmt::format("{}: {}", archive_, sentence)); }

  /// Notes where the readable part ends. Returns false.
  bool damaged(const std::string& sentence) {
    fault(fmt::format("{} (byte {} of {}); members behind it are lost", sentence, at_, file_.path().string()));
    return false;
  }

  /// Replaces what the header says by what the members before it say.
  void apply_extension(TarHeader& header) {
    header.name = extension_.name.value_or(header.name);
    header.link = extension_.link.value_or(header.link);
    header.size = extension_.size ? extension_.size : header.size;
    if (extension_.sparse) {
      header.type = TarType::sparse;
    } else if (header.type == TarType::file && header.name.ends_with('/')) {
      header.type = TarType::without_data;  // a folder, as programs before POSIX wrote it
    }
    extension_ = {};
  }

  bool read_extension(TarType type, std::uint64_t data, std::uint64_t size) {
    if (size > longest_extension) {
      return damaged(fmt::format("a name or pax header claims {} bytes; at most {} are read", size, longest_extension));
    }
    const auto bytes = file_.read_bytes(data, size);
    const std::string text(bytes.begin(), bytes.end());
    if (type == TarType::pax) {
      return parse_pax(text, extension_) || damaged("the archive is damaged: a pax header cannot be read");
    }
    (type == TarType::long_name ? extension_.name : extension_.link) = text.substr(0, text.find('\0'));
    return true;
  }

  /// Keeps a regular file or link, or says what is wrong with it.
  void add(const TarHeader& header, TarMember member, bool whole) {
    const auto& name = member.name;
    const auto parts = parts_of(name);
    const bool is_link = header.type == TarType::hard_link || header.type == TarType::symbolic_link;
    const bool is_part = header.type == TarType::sparse || header.type == TarType::multi_volume;
    if (!whole) {
      fault(fmt::format("the archive is cut off within '{}': it has {} of its {} bytes", name, end_ - member.offset,
                        member.size));
    } else if ((header.type != TarType::file && !is_link && !is_part) || parts.empty()) {
      return;
    } else if (is_part) {
      fault_if_wanted(name, header.type == TarType::sparse
                                ? "is a sparse member; pack the archive again without --sparse"
                                : "is a part of a multi-volume archive; pack it again without --multi-volume");
    } else if (!base::is_utf8(name)) {
      fault_if_wanted(name, "is not UTF-8; rename the file and pack the archive again");
    } else if (std::find(parts.begin(), parts.end(), "..") != parts.end()) {
      fault_if_wanted(name, "leads out of the archive by its '..'; rename the file and pack the archive again");
    } else {
      auto target = is_link ? target_of(header, name) : std::nullopt;
      keep({std::move(member), is_link, std::move(target)});
    }
  }

  /// Keeps a member in the place of an earlier one of its name, as unpacking does.
  void keep(Entry entry) {
    const auto [place, is_new] = by_name_.emplace(entry.member.name, entries_.size());
    if (is_new) {
      entries_.push_back(std::move(entry));
    } else {
      fault_if_wanted(entry.member.name, "is in the archive twice; the last one counts");
      entries_[place->second] = std::move(entry);
    }
  }

  void fault_if_wanted(const std::string& name, const std::string& what) {
    if (wanted_(name)) {
      fault(fmt::format("'{}' {}", name, what));
    }
  }

  void add_to_listing(const Entry& entry) {
    const auto* found = &entry;
    for (int links = 0; found != nullptr && found->is_link; ++links) {
      const auto target = found->target && links < most_links ? by_name_.find(*found->target) : by_name_.end();
      found = target == by_name_.end() ? nullptr : &entries_[target->second];
    }
    if (found == nullptr) {
      fault(fmt::format("'{}' is a link to what is not in the archive", entry.member.name));
    } else {
      made_.members.push_back({entry.member.name, found->member.offset, found->member.size});
    }
  }

  const base::RandomAccessFile& file_;
  BlockReader blocks_;
  std::uint64_t at_;  ///< offset of the next header
  std::uint64_t end_;
  std::string archive_;
  const std::function<bool(const std::string&)>& wanted_;
  TarExtension extension_;  ///< what the last members say of the next one
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> by_name_;  ///< positions in entries_
  TarListing made_;
};

}  // namespace

TarListing list_tar(const base::RandomAccessFile& file, TarRange range, const std::string& name,
                    const std::function<bool(const std::string& member)>& wanted) {
  return TarLister(file, range, name, wanted).list();
}

bool is_tar(const base::RandomAccessFile& file) {
  BlockReader blocks(file);
  const auto first = blocks.at(0);
  return first && parse_tar_header(*first).has_value();
}

}  // namespace sightline::images

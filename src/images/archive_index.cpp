#include "images/archive_index.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <span>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/packing.hpp"
#include "base/text.hpp"
#include "images/picture_name.hpp"

namespace sightline::images {
namespace {

/// The first line of a packed index. The number is that of the format.
constexpr std::string_view index_mark = "sightline archive index 1\n";
/// The most bytes of a .cls or .json file that are read.
constexpr std::uint64_t longest_label = std::uint64_t{1} << 20U;

bool ends_with_any(const std::string& name, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return name.ends_with(ending); });
}

bool is_label(const std::string& name) {
  return ends_with_any(name, {".cls", ".json"});
}

bool is_archive(const std::string& name) {
  return ends_with_any(name, {".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst"});
}

/// The key of a WebDataset's file: its path up to the first dot of its name.
std::string key_of(const std::string& name) {
  const auto slash = name.rfind('/');
  return name.substr(0, name.find('.', slash == std::string::npos ? 0 : slash));
}

std::string read_label(const base::RandomAccessFile& file, const TarMember& member) {
  const auto bytes = file.read_bytes(member.offset, std::min(member.size, longest_label));
  return {bytes.begin(), bytes.end()};
}

/// The field `label` of a JSON object, as text. Empty when there is none.
std::string label_in_json(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("label")) {
    return "";
  }
  const auto& label = json["label"];
  return label.is_string() ? label.get<std::string>() : label.is_number_integer() ? label.dump() : "";
}

/// The labels of a WebDataset by key. A .cls goes before a .json.
class Labels {
 public:
  void add(const base::RandomAccessFile& file, const TarMember& member) {
    const auto text = read_label(file, member);
    if (member.name.ends_with(".cls")) {
      by_key_[key_of(member.name)] = base::trim(text);
    } else {
      by_key_.emplace(key_of(member.name), label_in_json(text));
    }
  }

  std::string of(const std::string& picture) const {
    const auto found = by_key_.find(key_of(picture));
    return found == by_key_.end() ? "" : found->second;
  }

 private:
  std::map<std::string, std::string> by_key_;
};

void add_text(base::Packer& bytes, const std::string& text) {
  bytes.add(text);
}

std::string next_text(base::Unpacker& bytes) {
  return bytes.text();
}

void add_file(base::Packer& bytes, const ArchiveFile& file) {
  bytes.add(file.path);
  bytes.add(file.size);
  bytes.add(file.modified);
}

ArchiveFile next_file(base::Unpacker& bytes) {
  ArchiveFile file;
  file.path = bytes.text();
  file.size = bytes.number<std::uint64_t>();
  file.modified = bytes.number<std::int64_t>();
  return file;
}

void add_picture(base::Packer& bytes, const ArchivedPicture& picture) {
  bytes.add(picture.path);
  bytes.add(picture.label);
  bytes.add(picture.archive);
  bytes.add(picture.offset);
  bytes.add(picture.size);
}

ArchivedPicture next_picture(base::Unpacker& bytes) {
  ArchivedPicture picture;
  picture.path = bytes.text();
  picture.label = bytes.text();
  picture.archive = bytes.number<std::uint32_t>();
  picture.offset = bytes.number<std::uint64_t>();
  picture.size = bytes.number<std::uint64_t>();
  return picture;
}

void add_part(base::Packer& bytes, const ArchivePart& part) {
  bytes.add(part.archive);
  bytes.add(part.range);
  bytes.add(part.folder);
}

ArchivePart next_part(base::Unpacker& bytes) {
  ArchivePart part;
  part.archive = bytes.number<std::uint32_t>();
  part.range = bytes.number<TarRange>();
  part.folder = bytes.text();
  return part;
}

std::uint32_t checksum(std::string_view bytes) {
  return base::crc32c(std::as_bytes(std::span(bytes)));
}

}  // namespace

const ArchivedPicture* ArchiveIndex::find(const std::string& path) const {
  const auto found = std::lower_bound(pictures.begin(), pictures.end(), path,
                                      [](const auto& picture, const auto& wanted) { return picture.path < wanted; });
  return found != pictures.end() && found->path == path ? &*found : nullptr;
}

ArchiveContent list_archive(const base::RandomAccessFile& file, const ArchivePart& part) {
  const auto name = file.path().string() + (part.range.begin == 0 ? "" : ": " + part.folder + ".tar");
  const bool is_inner = part.range.begin != 0;
  auto listing = list_tar(file, part.range, name, [&](const std::string& member) {
    return !has_hidden_part(member) &&
           (is_picture_name(member) || is_label(member) || (!is_inner && is_archive(member)));
  });
  ArchiveContent content;
  content.faults = std::move(listing.faults);
  Labels labels;
  for (const auto& member : listing.members) {
    if (is_label(member.name)) {
      labels.add(file, member);
    }
  }
  for (const auto& member : listing.members) {
    const auto within = part.folder.empty() ? member.name : part.folder + "/" + member.name;
    if (is_picture_name(member.name)) {
      content.pictures.push_back({within, labels.of(member.name), part.archive, member.offset, member.size});
    } else if (member.name.ends_with(".tar")) {
      content.inner.push_back(
          {part.archive, {member.offset, member.offset + member.size}, within.substr(0, within.size() - 4)});
    } else if (is_archive(member.name)) {
      content.faults.push_back(fmt::format("{}: '{}' is compressed; unpack it and pack it again", name, member.name));
    }
  }
  return content;
}

ArchiveFile facts_of(const base::RandomAccessFile& file) {
  return {std::filesystem::absolute(file.path()).string(), file.size(), file.modified()};
}

ArchivePart whole_archive(const ArchiveFile& file, std::uint32_t number) {
  const auto stem = std::filesystem::path(file.path).stem().string();
  const bool wordnet_id = stem.size() == 9 && stem[0] == 'n' &&
                          std::all_of(stem.begin() + 1, stem.end(), [](char c) { return '0' <= c && c <= '9'; });
  return {number, {0, file.size}, wordnet_id ? stem : ""};
}

void sort_pictures(ArchiveIndex& index) {
  auto& pictures = index.pictures;
  std::sort(pictures.begin(), pictures.end(), [](const auto& a, const auto& b) {
    return std::tie(a.path, a.archive, a.offset) < std::tie(b.path, b.archive, b.offset);
  });
  const auto* first = pictures.data();  // of those with the same path
  for (const auto& picture : pictures) {
    if (picture.path != first->path) {
      first = &picture;
    } else if (&picture != first) {
      index.faults.push_back(fmt::format("'{}' is in {} and in {}; the first one counts", picture.path,
                                         index.files[first->archive].path, index.files[picture.archive].path));
    }
  }
  const auto same_path = [](const auto& a, const auto& b) { return a.path == b.path; };
  pictures.erase(std::unique(pictures.begin(), pictures.end(), same_path), pictures.end());
}

void append(ArchiveContent& content, ArchiveContent more) {
  const auto add = [](auto& all, auto& added) {
    all.insert(all.end(), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
  };
  add(content.pictures, more.pictures);
  add(content.inner, more.inner);
  add(content.faults, more.faults);
}

std::string packed(const ArchiveContent& content) {
  base::Packer bytes;
  bytes.add_each(content.pictures, &add_picture);
  bytes.add_each(content.inner, &add_part);
  bytes.add_each(content.faults, &add_text);
  return bytes.bytes();
}

ArchiveContent unpack_content(const std::string& text) {
  base::Unpacker bytes(text);
  ArchiveContent content;
  content.pictures = bytes.each(&next_picture);
  content.inner = bytes.each(&next_part);
  content.faults = bytes.each(&next_text);
  return content;
}

std::string packed(const ArchiveIndex& index) {
  base::Packer bytes;
  bytes.add_each(index.files, &add_file);
  bytes.add_each(index.pictures, &add_picture);
  bytes.add_each(index.faults, &add_text);
  base::Packer head;
  head.add(checksum(bytes.bytes()));
  return std::string(index_mark) + head.bytes() + bytes.bytes();
}

std::optional<ArchiveIndex> unpack_index(std::string_view text) {
  constexpr auto head = index_mark.size() + sizeof(std::uint32_t);
  if (!text.starts_with(index_mark) || text.size() < head) {
    return std::nullopt;
  }
  const auto stored = base::Unpacker(text.substr(index_mark.size())).number<std::uint32_t>();
  if (stored != checksum(text.substr(head))) {
    return std::nullopt;
  }
  base::Unpacker bytes(text.substr(head));
  ArchiveIndex index;
  index.files = bytes.each(&next_file);
  index.pictures = bytes.each(&next_picture);
  index.faults = bytes.each(&next_text);
  return index;
}

}  // namespace sightline::images

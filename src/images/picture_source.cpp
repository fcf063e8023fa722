#include "images/picture_source.hpp"

#include <algorithm>
#include <list>
#include <mutex>
#include <sys/resource.h>
#include <tuple>
#include <utility>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random_access_file.hpp"
#include "images/decode.hpp"

namespace sightline::images {
namespace {

/// The most archives that a rank keeps open: half of the files that a process may have open, often 512.
std::size_t most_open() {
  constexpr std::size_t few = 64;
  rlimit limit{};
  const bool known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return known ? std::max<std::size_t>(limit.rlim_cur / 2, 1) : few;
}

/// Pictures that lie at most this far apart are read ahead in one block: about what a disk reads in the time of a seek.
constexpr std::uint64_t bridged_gap = std::uint64_t{1} << 20U;

}  // namespace

/// The archives of a source: their index, and those that are open.
class PictureSource::Archives {
 public:
  explicit Archives(ArchiveIndex index) : index_(std::move(index)) {}

  const ArchiveIndex& index() const { return index_; }

  const ArchivedPicture& at(const std::string& path, const std::string& root) const {
    const auto* found = index_.find(path);
    if (found == nullptr) {
      throw base::input_error("{}: {}: no such member of the archive", root, path);
    }
    return *found;
  }

  /// The open file of an archive. Throws base::Error(input) when it cannot be opened or is no longer what was indexed.
  std::shared_ptr<const base::RandomAccessFile> open(std::uint32_t archive) {
    const std::lock_guard lock(mutex_);
    auto found = std::find_if(open_.begin(), open_.end(), [&](const auto& entry) { return entry.first == archive; });
    if (found != open_.end()) {
      open_.splice(open_.begin(), open_, found);
      return open_.front().second;
    }
    const auto& facts = index_.files[archive];
    auto file = std::make_shared<const base::RandomAccessFile>(facts.path);
    if (file->size() != facts.size || file->modified() != facts.modified) {
      throw base::input_error("{}: the archive has been changed since this job began; start it again", facts.path);
    }
    open_.emplace_front(archive, std::move(file));
    if (open_.size() > most_open_) {
      open_.pop_back();
    }
    return open_.front().second;
  }

 private:
  const ArchiveIndex index_;
  const std::size_t most_open_ = most_open();
  std::mutex mutex_;                                                                         ///< of open_
  std::list<std::pair<std::uint32_t, std::shared_ptr<const base::RandomAccessFile>>> open_;  ///< last used first
};

PictureSource::PictureSource(std::filesystem::path root, ArchiveIndex index)
    : root_(std::move(root)), archives_(std::make_shared<Archives>(std::move(index))) {}

const ArchiveIndex* PictureSource::archives() const {
  return archives_ ? &archives_->index() : nullptr;
}

std::string PictureSource::name_of(const std::string& path) const {
  if (!archives_) {
    return (root_ / path).string();
  }
  const auto* found = archives_->index().find(path);
  return (found == nullptr ? root_.string() : archives_->index().files[found->archive].path) + ": " + path;
}

bool PictureSource::contains(const std::string& path) const {
  return archives_ ? archives_->index().find(path) != nullptr : base::is_file(root_ / path);
}

std::uint64_t PictureSource::size_of(const std::string& path) const {
  if (archives_) {
    const auto* found = archives_->index().find(path);
    return found == nullptr ? 0 : found->size;
  }
  std::error_code missing;
  const auto size = std::filesystem::file_size(root_ / path, missing);
  return missing ? 0 : size;
}

std::vector<std::uint8_t> PictureSource::read_bytes(const std::string& path) const {
  if (!archives_) {
    return base::read_bytes(root_ / path);
  }
  const auto& picture = archives_->at(path, root_.string());
  auto bytes = archives_->open(picture.archive)->read_bytes(picture.offset, picture.size);
  if (bytes.size() != picture.size) {
    throw base::input_error("{}: the archive ends within it", name_of(path));
  }
  return bytes;
}

Image PictureSource::read(const std::string& path, int least_side) const {
  return decode(read_bytes(path), name_of(path), least_side);
}

void PictureSource::read_ahead(std::span<const std::string> paths) const {
  if (!archives_) {
    return;
  }
  std::vector<std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>> blocks;  // archive, begin, end
  for (const auto& path : paths) {
    if (const auto* found = archives_->index().find(path); found != nullptr) {
      blocks.emplace_back(found->archive, found->offset, found->offset + found->size);
    }
  }
  std::sort(blocks.begin(), blocks.end());
  for (std::size_t i = 0; i < blocks.size();) {
    const auto [archive, begin, first_end] = blocks[i];
    auto end = first_end;
    for (++i; i < blocks.size() && std::get<0>(blocks[i]) == archive && std::get<1>(blocks[i]) <= end + bridged_gap;
         ++i) {
      end = std::max(end, std::get<2>(blocks[i]));
    }
    archives_->open(archive)->read_ahead(begin, end - begin);
  }
}

}  // namespace sightline::images

#include "stages/run/archives.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// The most warnings about faults of archives.
constexpr std::size_t most_warnings = 20;

std::vector<images::ArchiveFile> facts_of_all(const std::vector<fs::path>& files) {
  std::vector<images::ArchiveFile> facts;
  for (const auto& file : files) {
    facts.push_back(images::facts_of(base::RandomAccessFile(file)));
  }
  return facts;
}

/// The index in the file `saved`, if it is of these archives as they are now.
std::optional<images::ArchiveIndex> saved_index(const fs::path& saved, const std::vector<images::ArchiveFile>& files) {
  if (!base::is_file(saved)) {
    return std::nullopt;
  }
  auto index = images::unpack_index(base::read_text(saved));
  return index && index->files == files ? std::move(index) : std::nullopt;
}

/// Keeps the index. Several jobs of one folder may do this at once: each writes a file of its own and renames it.
void save(const images::ArchiveIndex& index, const fs::path& saved) {
  const fs::path own = fmt::format("{}.{}.{}", saved.string(), base::host_name(), ::getpid());
  try {
    base::make_writable_folder(saved.parent_path());
    base::write_text(own, images::packed(index));
    fs::rename(own, saved);
  } catch (const std::exception& error) {
    base::log_warning(fmt::format("the index of the archives is not kept: {}", error.what()));
  }
}

/// collective. Lists the parts, each on one rank, and returns what was found in all of them on the root.
images::ArchiveContent list_parts(const comm::Communicator& ranks, const std::vector<images::ArchiveFile>& files,
                                  const std::vector<images::ArchivePart>& parts) {
  images::ArchiveContent own;
  ranks.all_or_throw([&] {
    std::unique_ptr<base::RandomAccessFile> file;
    std::optional<std::uint32_t> opened;  // its number
    for (auto i = static_cast<std::size_t>(ranks.rank()); i < parts.size();
         i += static_cast<std::size_t>(ranks.size())) {
      const auto number = parts[i].archive;
      if (opened != number) {
        file = std::make_unique<base::RandomAccessFile>(files[number].path);
        file->expect_random_reads();
        opened = number;
        if (images::facts_of(*file) != files[number]) {
          throw base::input_error("{}: the archive is being changed; start the job when it is complete",
                                  files[number].path);
        }
      }
      images::append(own, images::list_archive(*file, parts[i]));
    }
  });
  images::ArchiveContent all;
  for (const auto& content : ranks.gather(images::packed(own))) {
    images::append(all, images::unpack_content(content));
  }
  return all;
}

/// collective. Lists all archives and those inside them. `index`: has the files, and gets the pictures and faults on
/// the root.
void list_all(const comm::Communicator& ranks, images::ArchiveIndex& index) {
  std::vector<images::ArchivePart> whole;
  for (std::uint32_t i = 0; i < index.files.size(); ++i) {
    whole.push_back(images::whole_archive(index.files[i], i));
  }
  auto content = list_parts(ranks, index.files, whole);
  const images::ArchiveContent found{{}, content.inner, {}};
  const auto inner = images::unpack_content(ranks.broadcast(images::packed(found))).inner;
  images::append(content, list_parts(ranks, index.files, inner));
  index.pictures = std::move(content.pictures);
  index.faults = std::move(content.faults);
}

/// Ends the job for the first fault, or warns of the first ones.
void report_faults(const std::vector<std::string>& faults, job::BadImage on_bad_image) {
  if (!faults.empty() && on_bad_image == job::BadImage::fail) {
    throw base::input_error("{}{} (--on-bad-image skip goes on without it)", faults[0],
                            faults.size() > 1 ? fmt::format("; {} more faults", faults.size() - 1) : "");
  }
  for (std::size_t i = 0; i < std::min(faults.size(), most_warnings); ++i) {
    base::log_warning(faults[i]);
  }
  if (faults.size() > most_warnings) {
    base::log_warning(fmt::format("{} more faults of archives", faults.size() - most_warnings));
  }
}

}  // namespace

images::ArchiveIndex index_archives(const comm::Communicator& ranks, const std::vector<fs::path>& files,
                                    const fs::path& saved, job::BadImage on_bad_image) {
  images::ArchiveIndex index;
  bool known = false;
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    index.files = facts_of_all(files);
    if (auto kept = saved_index(saved, index.files)) {
      index = std::move(*kept);
      known = true;
    }
  });
  if (!ranks.broadcast(known)) {
    index.files =
        images::unpack_index(ranks.broadcast(images::packed(images::ArchiveIndex{index.files, {}}))).value().files;
    list_all(ranks, index);
    ranks.all_or_throw([&] {
      if (ranks.is_root()) {
        images::sort_pictures(index);
        save(index, saved);
      }
    });
  }
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      report_faults(index.faults, on_bad_image);
    }
  });
  const auto bytes = ranks.broadcast(ranks.is_root() && ranks.size() > 1 ? images::packed(index) : "");
  return ranks.is_root() ? std::move(index) : images::unpack_index(bytes).value();
}

}  // namespace sightline::stages

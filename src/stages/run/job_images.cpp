#include "stages/run/job_images.hpp"

#include <optional>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/packing.hpp"
#include "images/archive_paths.hpp"
#include "stages/run/archives.hpp"

namespace sightline::stages {
namespace fs = std::filesystem;

images::PictureSource open_pictures(const comm::Communicator& ranks, const job::JobConfig& config,
                                    const fs::path& where, const char* index) {
  std::vector<fs::path> archives;
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      archives = images::find_archives(where);
    }
  });
  if (ranks.any(!archives.empty())) {
    const auto saved = fs::path(config.output) / index;
    return {where, index_archives(ranks, archives, saved, config.images.on_bad_image)};
  }
  ranks.all_or_throw([&] {
    std::error_code unimportant;
    if (ranks.is_root() && fs::exists(where, unimportant)) {
      fs::remove(fs::path(config.output) / index, unimportant);  // of other pictures
    }
  });
  return base::is_file(where) ? images::folder_of(where) : where;
}

const std::string& pictures_place(const job::JobConfig& config) {
  return config.images.root.empty() ? config.images.source : config.images.root;
}

images::PictureSource open_job_pictures(const comm::Communicator& ranks, const job::JobConfig& config) {
  ranks.all_or_throw([&] {
    if (ranks.is_root() && !config.images.root.empty() && !base::is_file(config.images.source)) {
      throw base::usage_error("images.root: is what the paths in a CSV are relative to, but {} (--images) is no file",
                              config.images.source);
    }
  });
  return open_pictures(ranks, config, pictures_place(config), "images.index");
}

void keep_picture_index(const comm::Communicator& ranks, const job::JobConfig& config) {
  if (config.images.source.empty()) {
    return;
  }
  try {
    open_job_pictures(ranks, config);
  } catch (const base::Error& error) {  // the same on every rank
    if (error.code() != base::ExitCode::input) {
      throw;
    }
    if (ranks.is_root()) {
      base::log_warning(fmt::format("the pictures cannot be shown: {}", error.what()));
    }
  }
}

images::ImageList list_job_images(const comm::Communicator& ranks, const job::JobConfig& config) {
  images::ImageList list{open_job_pictures(ranks, config), {}};
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    std::optional<images::ClassIndex> classes;
    if (!config.images.classes.empty()) {
      classes = images::ClassIndex::read(config.images.classes);
    }
    const bool must_exist = config.images.on_bad_image == job::BadImage::fail;
    list = images::list_images(config.images.source, classes, must_exist, list.source);
    images::select_images(list, config.images.shuffle, config.images.limit);
  });
  share_list(ranks, list);
  return list;
}

void share_list(const comm::Communicator& ranks, images::ImageList& list) {
  base::Packer packed;
  packed.add_each(list.entries, [](base::Packer& to, const images::ImageEntry& entry) {
    to.add(entry.path);
    to.add(entry.label);
  });
  const auto bytes = ranks.broadcast(packed.bytes());
  list.entries = base::Unpacker(bytes).each([](base::Unpacker& from) {
    auto path = from.text();
    return images::ImageEntry{std::move(path), from.number<int>()};
  });
  list.labels_are_folders = ranks.broadcast(list.labels_are_folders);
}

}  // namespace sightline::stages

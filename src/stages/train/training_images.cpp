#include "stages/train/training_images.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "stages/run/job_images.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {
namespace {

/// The names of the classes by label: the class folders, or numbers where labels do not come from folders. A label that
/// no image has is named by its number.
std::vector<std::string> class_names(const images::ImageList& list) {
  std::vector<std::string> names;
  for (const auto& entry : list.entries) {
    while (static_cast<int>(names.size()) <= entry.label) {
      names.push_back(std::to_string(names.size()));
    }
    if (list.labels_are_folders && entry.label >= 0) {
      names[static_cast<std::size_t>(entry.label)] = images::class_folder(entry.path);
    }
  }
  return names;
}

/// Throws base::Error(input) when a class folder is not among the class names: it has no images.
void refuse_empty_folders(const images::ImageList& list, const std::vector<std::string>& classes) {
  if (!list.labels_are_folders) {
    return;
  }
  const std::set<std::string> known(classes.begin(), classes.end());
  for (const auto& folder : images::class_folders(list.source)) {
    if (known.count(folder) == 0) {
      throw base::input_error("train: the folder {} has no images; fill or remove it", list.source.name_of(folder));
    }
  }
}

/// Throws base::Error(input) for an image without a label below `classes`. `option`: the list's option, for the
/// message.
void refuse_unlabelled(const images::ImageList& list, std::size_t classes, const char* option) {
  for (const auto& entry : list.entries) {
    if (entry.label < 0) {
      throw base::input_error("{}: {} has no class; put images into a folder for each class, or label them in a CSV",
                              option, list.source.name_of(entry.path));
    }
    if (static_cast<std::size_t>(entry.label) >= classes) {
      throw base::input_error("{}: {} has the label {}, but there are {} classes, whose labels are 0 to {}", option,
                              list.source.name_of(entry.path), entry.label, classes, classes - 1);
    }
  }
}

/// Throws base::Error(input) for a class without an image in the list.
void refuse_missing_classes(const images::ImageList& list, const std::vector<std::string>& classes) {
  std::vector<bool> seen(classes.size());
  for (const auto& entry : list.entries) {
    seen[static_cast<std::size_t>(entry.label)] = true;
  }
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (!seen[i]) {
      throw base::input_error(
          "train: the class '{}' ({}) has no image; the labels of {} classes are 0 to {} without a gap (--classes says "
          "which class a folder is)",
          classes[i], i, classes.size(), classes.size() - 1);
    }
  }
}

/// Lists and checks the images of the two sources on one rank.
TrainingImages list_all(const job::JobConfig& config, const images::PictureSource& train,
                        const images::PictureSource& val) {
  const bool must_exist = config.images.on_bad_image == job::BadImage::fail;
  std::optional<images::ClassIndex> known;
  if (!config.images.classes.empty()) {
    known = images::ClassIndex::read(config.images.classes);
  }
  TrainingImages made;
  made.train = images::list_images(config.train.images, known, must_exist, train);
  if (known) {
    made.classes = known->all_names();
  } else {
    made.classes = class_names(made.train);
    refuse_empty_folders(made.train, made.classes);
    known = images::ClassIndex(made.classes);
  }
  images::select_images(made.train, config.images.shuffle, config.images.limit);
  refuse_unlabelled(made.train, made.classes.size(), "train");
  if (made.classes.size() < 2) {
    throw base::input_error("train: {} has the single class '{}'; a classifier needs two", config.train.images,
                            base::join(made.classes, ""));
  }
  refuse_missing_classes(made.train, made.classes);
  if (!config.train.val.empty()) {
    made.val = images::list_images(config.train.val, known, must_exist, val);
    refuse_unlabelled(made.val, made.classes.size(), "val");
  }
  return made;
}

}  // namespace

TrainingImages list_training_images(const comm::Communicator& ranks, const job::JobConfig& config) {
  TrainingImages made;
  made.train.source = open_pictures(ranks, config, config.train.images, "train.index");
  if (!config.train.val.empty()) {
    made.val.source = open_pictures(ranks, config, config.train.val, "val.index");
  }
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      made = list_all(config, made.train.source, made.val.source);
    }
  });
  share_list(ranks, made.train);
  share_list(ranks, made.val);
  const auto names = ranks.broadcast(nlohmann::json(made.classes).dump());
  made.classes = nlohmann::json::parse(names).get<std::vector<std::string>>();
  return made;
}

}  // namespace sightline::stages

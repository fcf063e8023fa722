#include "stages/run/job_images.hpp"

#include <optional>

#include <nlohmann/json.hpp>

namespace sightline::stages {

images::ImageList list_job_images(const comm::Communicator& ranks, const job::JobConfig& config) {
  images::ImageList list;
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    std::optional<images::ClassIndex> classes;
    if (!config.images.classes.empty()) {
      classes = images::ClassIndex::read(config.images.classes);
    }
    list = images::list_images(config.images.source, classes, config.images.on_bad_image == job::BadImage::fail);
    images::select_images(list, config.images.shuffle, config.images.limit);
  });
  share_list(ranks, list);
  return list;
}

void share_list(const comm::Communicator& ranks, images::ImageList& list) {
  // The root may be any bytes, as paths are, and is sent as such. The paths below it are UTF-8: list_images checks
  // them.
  list.root = ranks.broadcast(list.root.string());
  std::string packed;
  if (ranks.is_root()) {
    nlohmann::json json{{"paths", nlohmann::json::array()}, {"labels", nlohmann::json::array()}};
    for (const auto& entry : list.entries) {
      json["paths"].push_back(entry.path);
      json["labels"].push_back(entry.label);
    }
    packed = json.dump();
  }
  const auto json = nlohmann::json::parse(ranks.broadcast(packed));
  if (!ranks.is_root()) {
    for (std::size_t i = 0; i < json["paths"].size(); ++i) {
      list.entries.push_back({json["paths"][i].get<std::string>(), json["labels"][i].get<int>()});
    }
  }
}

}  // namespace sightline::stages

#include "stages/focus/job_mosaics.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "stages/focus/mosaic_maps.hpp"
#include "stages/run/job_images.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

focus::MosaicSettings settings_of(const job::JobConfig& config) {
  return {static_cast<int>(config.mosaics.rows),
          static_cast<int>(config.mosaics.columns),
          static_cast<int>(config.mosaics.targets),
          static_cast<int>(config.mosaics.per_class),
          config.mosaics.all_arrangements,
          config.mosaics.skip_small_classes,
          config.seed,
          config.mosaics.patches ? focus::Layout::patches : focus::Layout::tiles};
}

void refuse_missing_tiles(const focus::MosaicSet& set, const std::string& file) {
  for (const auto& mosaic : set.mosaics) {
    for (const auto& path : mosaic.paths) {
      if (!set.source.contains(path)) {
        throw base::input_error("{}: mosaic '{}': {}: no such file (paths are relative to --images)", file, mosaic.name,
                                set.source.name_of(path));
      }
    }
  }
}

}  // namespace

std::shared_ptr<const focus::MosaicSet> job_mosaics(const comm::Communicator& ranks, const job::JobConfig& config) {
  auto set = std::make_shared<focus::MosaicSet>();
  if (config.mosaics.file.empty()) {
    const auto list = list_job_images(ranks, config);
    ranks.all_or_throw([&] { *set = focus::draw_mosaics(list, settings_of(config)); });
  } else {
    const auto source = open_job_pictures(ranks, config);
    ranks.all_or_throw([&] {
      *set = focus::parse_mosaics(base::read_text(config.mosaics.file), config.mosaics.file, source);
      if (ranks.is_root() && config.images.on_bad_image == job::BadImage::fail) {
        refuse_missing_tiles(*set, config.mosaics.file);
      }
    });
  }
  if (ranks.is_root()) {
    for (const auto& sentence : set->left_out) {
      base::log_warning("class left out: " + sentence);
    }
  }
  return set;
}

ResolvedJob on_mosaics(ResolvedJob job, std::shared_ptr<const focus::MosaicSet> set, bool regions) {
  job.extension = std::make_shared<MosaicMaps>(std::move(set), job.config, regions);
  job.crop_instead_of_stretch = true;
  job.config.explain.target = {job::Target::Rule::label, -1};
  return job;
}

void save_mosaics(const focus::MosaicSet& set, const fs::path& output) {
  const auto file = output / "mosaics.csv";
  const auto text = focus::mosaics_csv(set);
  if (fs::exists(file) && base::read_text(file) != text) {
    throw base::usage_error(
        "output: {} holds other mosaics than this job makes (images, --seed or --mosaics.* differ); name another "
        "folder",
        file.string());
  }
  base::write_text(file, text);
}

}  // namespace sightline::stages

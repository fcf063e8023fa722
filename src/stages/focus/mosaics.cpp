#include "stages/focus/mosaics.hpp"

#include <filesystem>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stop.hpp"
#include "images/formats/png.hpp"
#include "stages/focus/job_mosaics.hpp"
#include "stages/run/output_claim.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

void write_png(const fs::path& file, const images::Image& picture) {
  const auto bytes = images::encode_png(picture, file.string());
  base::write_text(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// Writes one mosaic as a PNG file. A mosaic with an image that cannot be read is left out with a warning, or is an
/// error with BadImage::fail.
void write_or_skip(const images::ImageList& list, std::size_t mosaic, const images::Recipe& tile,
                   job::BadImage on_bad_image, const fs::path& folder) {
  const auto& name = list.entries[mosaic].path;
  images::Image picture;
  try {
    picture = list.compose(mosaic, tile);
  } catch (const base::Error& error) {
    if (on_bad_image == job::BadImage::fail) {
      throw;
    }
    base::log_warning(fmt::format("mosaic {} is left out: {}", name, error.what()));
    return;
  }
  write_png(folder / (name + ".png"), picture);
}

}  // namespace

base::ExitCode mosaics(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print) {
  const auto& config = parsed.job;
  if (config.images.source.empty() || config.output.empty()) {
    throw base::usage_error("{}: is not given; name a folder", config.images.source.empty() ? "images" : "output");
  }
  const fs::path output = config.output;
  const OutputClaim claim(ranks, output, "mosaics");
  const auto set = job_mosaics(ranks, config);
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      save_mosaics(*set, output);
      base::make_writable_folder(output / "mosaics");
    }
  });
  ranks.all_or_throw([&] {
    const auto list = focus::as_images(*set);
    const images::Recipe tile{224, false, 0.875, images::Interpolation::bilinear};
    for (auto i = static_cast<std::size_t>(ranks.rank()); i < set->mosaics.size() && !base::stop_requested();
         i += static_cast<std::size_t>(ranks.size())) {
      write_or_skip(list, i, tile, config.images.on_bad_image, output / "mosaics");
    }
  });
  if (ranks.any(base::stop_requested())) {
    return base::ExitCode::stopped;
  }
  if (ranks.is_root()) {
    print(fmt::format("{} mosaics of {} x {} tiles -> {} and {}\n", set->mosaics.size(), set->rows, set->columns,
                      (output / "mosaics.csv").string(), (output / "mosaics").string()));
  }
  return base::ExitCode::done;
}

}  // namespace sightline::stages

#include "stages/pack/pack.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/activity.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "base/packing.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "comm/work_counter.hpp"
#include "images/decode.hpp"
#include "images/formats/encode_jpeg.hpp"
#include "images/shards.hpp"
#include "images/tar_writer.hpp"
#include "stages/run/job_images.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/progress.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

constexpr int jpeg_quality = 95;
/// The number of pictures whose packed size is measured with --resize.
constexpr std::size_t samples = 64;

/// What the archives are to hold; the same on every rank.
struct PackPlan {
  images::ImageList list;
  std::vector<std::string> names;  ///< of the images in the archives
  std::vector<images::Shard> shards;
};

fs::path archive_path(const job::JobConfig& config, std::size_t shard) {
  return fs::path(config.output) / fmt::format("{:06}.tar", shard);
}

/// The bytes of the picture to be packed: its file, or a smaller JPEG with --resize.
std::vector<std::uint8_t> packed_bytes(const images::ImageList& list, std::size_t image, std::int64_t resize) {
  auto bytes = list.source.read_bytes(list.entries[image].path);
  if (resize == 0) {
    return bytes;
  }
  const auto picture = images::decode(bytes, list.name_of(image));
  const bool is_jpeg = bytes.size() > 1 && bytes[0] == 0xFF && bytes[1] == 0xD8;
  const auto shorter = std::int64_t{std::min(picture.width, picture.height)};
  if (is_jpeg && shorter <= resize) {
    return bytes;
  }
  if (shorter <= resize) {
    return images::encode_jpeg(picture, jpeg_quality, list.name_of(image));
  }
  const auto scaled = [&](int side) { return static_cast<int>(std::max<std::int64_t>(side * resize / shorter, 1)); };
  return images::encode_jpeg(
      images::resize(picture, scaled(picture.width), scaled(picture.height), images::Interpolation::bilinear),
      jpeg_quality, list.name_of(image));
}

/// collective. The sizes of all images in bytes; 0 for one that is missing. The ranks share the questions, since each
/// takes a network file system about a millisecond.
std::vector<std::uint64_t> sizes_of(const comm::Communicator& ranks, const images::ImageList& list) {
  const auto count = list.entries.size();
  const auto parts = static_cast<std::size_t>(ranks.size());
  const auto begin_of = [&](std::size_t part) { return count * part / parts; };
  const auto rank = static_cast<std::size_t>(ranks.rank());
  base::Packer own;
  ranks.all_or_throw([&] {
    for (auto i = begin_of(rank); i < begin_of(rank + 1); ++i) {
      base::throw_if_stopped();
      own.add(list.source.size_of(list.entries[i].path));
    }
  });
  std::vector<std::uint64_t> sizes;
  for (const auto& bytes : ranks.gather(own.bytes())) {
    base::Unpacker values(bytes);
    for (auto left = bytes.size() / sizeof(std::uint64_t); left > 0; --left) {
      sizes.push_back(values.number<std::uint64_t>());
    }
  }
  return ranks.broadcast(std::move(sizes));
}

/// The size of packed pictures / that of the pictures, measured on some of them.
double scale_of(const images::ImageList& list, const std::vector<std::uint64_t>& sizes, std::int64_t resize) {
  double before = 0.0;
  double after = 0.0;
  const auto count = std::min(samples, sizes.size());
  for (std::size_t sample = 0; sample < count && resize > 0; ++sample) {
    base::throw_if_stopped();
    const auto image = sample * sizes.size() / count;
    try {
      after += static_cast<double>(packed_bytes(list, image, resize).size());
      before += static_cast<double>(sizes[image]);
    } catch (const base::Error&) {
      continue;  // a picture that cannot be read is reported when its archive is written
    }
  }
  return before > 0.0 ? after / before : 1.0;
}

/// What the archives of a folder depend on, as text.
std::string identity(const PackPlan& plan, const job::JobConfig& config, const std::vector<std::uint64_t>& sizes) {
  base::Packer all;
  for (std::size_t i = 0; i < plan.names.size(); ++i) {
    all.add(plan.names[i]);
    all.add(plan.list.entries[i].label);
    all.add(sizes[i]);
  }
  for (const auto& shard : plan.shards) {
    all.add(std::uint64_t{shard.first});
  }
  return nlohmann::json{{"images", plan.names.size()},
                        {"archives", plan.shards.size()},
                        {"shard-size", config.pack.shard_size},
                        {"resize", config.pack.resize},
                        {"digest", base::sha256_of_text(all.bytes())}}
             .dump(1) +
         "\n";
}

/// Root only. Keeps the identity beside the archives. Throws base::Error(usage) when the folder has another one, or
/// archives without one.
void claim_identity(const job::JobConfig& config, std::size_t archives, const std::string& text) {
  const fs::path output = config.output;
  const auto file = output / "pack.json";
  for (std::size_t i = 0; i < archives && !fs::exists(file); ++i) {
    if (fs::exists(archive_path(config, i))) {
      throw base::usage_error("output: {} is there, but not of 'sightline pack': {} is missing; name another folder",
                              archive_path(config, i).string(), file.string());
    }
  }
  if (fs::exists(file) && base::read_text(file) != text) {
    throw base::usage_error(
        "output: {} holds archives of other images, labels or settings (see {}); name another folder", output.string(),
        file.string());
  }
  base::write_text(file, text);
}

/// collective.
PackPlan make_plan(const comm::Communicator& ranks, const job::JobConfig& config) {
  PackPlan plan{list_job_images(ranks, config), {}, {}};
  const auto sizes = sizes_of(ranks, plan.list);
  double scale = 1.0;
  ranks.all_or_throw([&] {
    plan.names = images::packed_names(plan.list, config.pack.resize > 0);
    scale = ranks.is_root() ? scale_of(plan.list, sizes, config.pack.resize) : 1.0;
  });
  plan.shards = images::divide(sizes, ranks.broadcast(scale), config.pack.shard_size);
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      claim_identity(config, plan.shards.size(), identity(plan, config, sizes));
    }
  });
  return plan;
}

/// Adds an image and its label to the archive. Returns whether the image could be read.
bool add_image(const PackPlan& plan, std::size_t image, const job::JobConfig& config, images::TarWriter& archive) {
  const auto& entry = plan.list.entries[image];
  std::vector<std::uint8_t> bytes;
  try {
    bytes = packed_bytes(plan.list, image, config.pack.resize);
  } catch (const std::exception& error) {  // base::Error, and such as std::bad_alloc for a picture with very long sides
    const bool named = dynamic_cast<const base::Error*>(&error) != nullptr;
    const auto sentence =
        named ? error.what() : fmt::format("{}: cannot be packed: {}", plan.list.name_of(image), error.what());
    if (config.images.on_bad_image == job::BadImage::fail) {
      throw base::input_error("{} (--on-bad-image skip goes on without it)", sentence);
    }
    base::log_warning("image skipped: " + sentence);
    return false;
  }
  if (entry.label >= 0) {
    const auto label = std::to_string(entry.label);
    archive.add(images::with_ending(plan.names[image], ".cls"),
                {reinterpret_cast<const std::uint8_t*>(label.data()), label.size()});
  }
  archive.add(plan.names[image], bytes);
  return true;
}

/// Writes an archive unless it is there. Returns the number of images that could not be read.
std::int64_t write_archive(const PackPlan& plan, std::size_t number, const job::JobConfig& config,
                           comm::WorkCounter& counter) {
  const auto& shard = plan.shards[number];
  const auto file = archive_path(config, number);
  if (base::is_file(file)) {
    counter.add({static_cast<std::int64_t>(shard.count), 0});
    return 0;
  }
  images::TarWriter archive(file);
  std::int64_t bad = 0;
  for (auto image = shard.first; image < shard.first + shard.count; ++image) {
    if (counter.stopped() || base::stop_requested()) {
      throw base::Error(base::ExitCode::stopped, "stopped by a signal or by another rank");
    }
    base::set_activity({"", "", plan.list.entries[image].path});
    bad += add_image(plan, image, config, archive) ? 0 : 1;
    counter.add({1, 0});
  }
  archive.finish();
  return bad;
}

/// What a rank has done.
struct Packed {
  std::int64_t bad_images = 0;  ///< images that could not be read
  bool stopped = false;         ///< by a signal, or since another rank ended the job
};

/// collective. Writes all archives that are missing.
Packed write_archives(const comm::Communicator& ranks, const PackPlan& plan, const job::JobConfig& config) {
  Packed outcome;
  Progress progress("pack", "images", static_cast<std::int64_t>(plan.names.size()), ranks.is_root(), config.output);
  const auto show = [&](const comm::WorkCounter::Done& done) { progress.update(done.records); };
  comm::WorkCounter counter(ranks, static_cast<std::int64_t>(plan.shards.size()), show);
  ranks.all_or_throw([&] {
    try {
      while (const auto shard = counter.next()) {
        outcome.bad_images += write_archive(plan, static_cast<std::size_t>(*shard), config, counter);
      }
    } catch (const base::Error& error) {
      counter.stop();
      outcome.stopped = error.code() == base::ExitCode::stopped;  // no error: that of another rank may be the reason
      if (!outcome.stopped) {
        throw;
      }
    } catch (...) {
      counter.stop();
      throw;
    }
  });
  return outcome;
}

}  // namespace

base::ExitCode pack(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print) {
  const auto& config = parsed.job;
  if (config.images.source.empty() || config.output.empty()) {
    throw base::usage_error("{}: is not given; name a folder", config.images.source.empty() ? "images" : "output");
  }
  const OutputClaim claim(ranks, config.output, "pack");
  const auto plan = make_plan(ranks, config);
  const auto done = write_archives(ranks, plan, config);
  if (ranks.any(done.stopped || base::stop_requested())) {
    return base::ExitCode::stopped;
  }
  const auto bad = ranks.reduce(std::vector<std::int64_t>{done.bad_images});
  if (ranks.is_root()) {
    const auto skipped = bad[0] > 0 ? fmt::format("; {} images could not be read now", bad[0]) : "";
    print(fmt::format("{} images in {} archives{} -> {} (--images '{}/{{{:06}..{:06}}}.tar')\n", plan.names.size(),
                      plan.shards.size(), skipped, config.output, config.output, 0, plan.shards.size() - 1));
  }
  return base::ExitCode::done;
}

}  // namespace sightline::stages

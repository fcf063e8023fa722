#include "job/input_options.hpp"

#include "job/setters.hpp"

namespace sightline::job {
namespace {

void set_shard_size(JobConfig& job, const std::string& value) {
  constexpr std::int64_t least = 1'000'000;
  const auto bytes = base::parse_bytes(value);
  if (!bytes || *bytes < least) {
    throw base::usage_error("'{}' is not a size of at least 1MB, such as 500MB, 1GB or 1GiB", value);
  }
  job.pack.shard_size = *bytes;
}

}  // namespace

std::vector<Option> input_options() {
  return {
      {"decode-threads", "N per rank", "0",
       "threads of each rank that read and decode images ahead of the models; 0 = one on a CPU; on a GPU one for each "
       "core of the rank, at most 8",
       Topic::predict, set_integer({&JobConfig::images, &ImagesConfig::decode_threads}, 0, 256)},
      {"jpeg-draft", "on|off", "off",
       "let libjpeg shrink large JPEGs to 1/2, 1/4 or 1/8 while it decodes them, as Pillow's Image.draft does, but not "
       "below the size that the models need: faster, but other bits",
       Topic::predict,
       set_choice<bool, bool>({&JobConfig::images, &ImagesConfig::jpeg_draft}, {{"on", true}, {"off", false}})},
      {"perturb", "none|flip|shift|crop|jpeg", "none",
       "change the models' input: mirrored, moved by 1/28 of its side, 1/20 cut off at each edge, or saved as a JPEG "
       "of "
       "quality 75; --compare.repeats moves the maps back and compares them with those of the images as they are",
       Topic::perturb,
       set_choice<std::string, std::string>(
           {&JobConfig::images, &ImagesConfig::perturb},
           {{"none", "none"}, {"flip", "flip"}, {"shift", "shift"}, {"crop", "crop"}, {"jpeg", "jpeg"}})},
      {"shard-size", "BYTES", "1GB", "most bytes of pictures in an archive, such as 500MB, 1GB or 1GiB", Topic::pack,
       set_shard_size},
      {"resize", "PIXELS", "0",
       "shrink pictures whose short side is longer than this; these, and those of other formats, become JPEGs of "
       "quality 95, so that models see other bits; 0 = pictures are packed as they are, without a look at them",
       Topic::pack, set_integer({&JobConfig::pack, &PackConfig::resize}, 0, 65536)},
  };
}

}  // namespace sightline::job

// Reading and decoding of pictures: input_benchmark SOURCE [--draft] [--part K/N]. SOURCE is a folder or tar archives;
// each picture is resized straight to 224 x 224, as by --transforms common. Prints a line of JSON: pictures, bytes,
// seconds to list them, and seconds to read and decode them on one thread.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "images/archive_paths.hpp"
#include "images/image_list.hpp"
#include "images/loader.hpp"

namespace {

using namespace sightline;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

images::PictureSource open(const std::filesystem::path& where) {
  const auto archives = images::find_archives(where);
  if (archives.empty()) {
    return where;
  }
  images::ArchiveIndex index;
  for (const auto& path : archives) {
    const base::RandomAccessFile file(path);
    file.expect_random_reads();
    const auto number = static_cast<std::uint32_t>(index.files.size());
    index.files.push_back(images::facts_of(file));
    const auto found = images::list_archive(file, images::whole_archive(index.files.back(), number));
    index.pictures.insert(index.pictures.end(), found.pictures.begin(), found.pictures.end());
  }
  images::sort_pictures(index);
  return {where, std::move(index)};
}

/// Reads the pictures from `begin` to `end` in chunks, the next chunk during the last one, as a rank does.
void read_all(const images::ImageList& list, const images::Recipe& recipe, std::size_t begin, std::size_t end) {
  constexpr std::size_t chunk = 16;
  for (auto first = begin; first < end; first += chunk) {
    const auto loaded = images::load_async(list, first, std::min(chunk, end - first), {recipe}).get();
    for (const auto& error : loaded.errors) {
      if (!error.empty()) {
        throw std::runtime_error(error);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  images::Recipe recipe{224, true, 1.0, images::Interpolation::bilinear};
  unsigned part = 1;
  unsigned parts = 1;
  for (int i = 2; i < argc; ++i) {
    if (std::strcmp(argv[i], "--draft") == 0) {
      recipe.jpeg_draft = true;
    } else if (std::sscanf(argv[i], "--part=%u/%u", &part, &parts) != 2) {
      std::fprintf(stderr, "input_benchmark SOURCE [--draft] [--part=K/N]\n");
      return 2;
    }
  }
  auto start = Clock::now();
  const auto list = images::list_source(open(argv[1]), std::nullopt);
  const auto listing = seconds_since(start);
  const auto count = list.entries.size();
  start = Clock::now();
  read_all(list, recipe, count * (part - 1) / parts, count * part / parts);
  fmt::print("{{\"pictures\": {}, \"list_seconds\": {}, \"read_seconds\": {}}}\n",
             count * part / parts - count * (part - 1) / parts, listing, seconds_since(start));
  return 0;
}

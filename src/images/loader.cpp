#include "images/loader.hpp"

#include "base/error.hpp"
#include "images/decode.hpp"

namespace sightline::images {
namespace {

Image black(int size) {
  return {size, size, std::vector<std::uint8_t>(std::size_t{3} * size * size)};
}

LoadedChunk load(const ImageList& list, std::size_t first, std::size_t count, const std::vector<Recipe>& recipes) {
  LoadedChunk chunk{first, std::vector<std::string>(count), std::vector<std::vector<Image>>(recipes.size())};
  for (std::size_t i = 0; i < count; ++i) {
    Image picture;
    try {
      picture = decode_file(list.file(first + i));
    } catch (const base::Error& error) {
      chunk.errors[i] = error.what();
    }
    for (std::size_t r = 0; r < recipes.size(); ++r) {
      chunk.by_recipe[r].push_back(chunk.errors[i].empty() ? apply(recipes[r], picture) : black(recipes[r].size));
    }
  }
  return chunk;
}

}  // namespace

std::future<LoadedChunk> load_ahead(const ImageList& list, std::size_t first, std::size_t count,
                                    const std::vector<Recipe>& recipes) {
  return std::async(std::launch::async, [&list, first, count, &recipes] { return load(list, first, count, recipes); });
}

}  // namespace sightline::images

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
    std::vector<Image> made;
    try {
      const auto picture = decode_file(list.file(first + i));
      for (const auto& recipe : recipes) {
        made.push_back(apply(recipe, picture));
      }
    } catch (const base::Error& error) {
      chunk.errors[i] = error.what();
    } catch (const std::exception& error) {  // out of memory over a picture of absurd shape
      chunk.errors[i] = fmt::format("{}: cannot be decoded: {}", list.file(first + i).string(), error.what());
    }
    for (std::size_t r = 0; r < recipes.size(); ++r) {
      chunk.by_recipe[r].push_back(chunk.errors[i].empty() ? std::move(made[r]) : black(recipes[r].size));
    }
  }
  return chunk;
}

}  // namespace

std::future<LoadedChunk> load_ahead(const ImageList& list, std::size_t first, std::size_t count,
                                    std::vector<Recipe> recipes) {
  return std::async(std::launch::async,
                    [&list, first, count, recipes = std::move(recipes)] { return load(list, first, count, recipes); });
}

}  // namespace sightline::images

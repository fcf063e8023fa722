#include "images/loader.hpp"

#include "base/error.hpp"
#include "images/decode.hpp"

namespace sightline::images {
namespace {

Image black(int width, int height) {
  return {width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
}

/// Image `index`, transformed by every recipe.
std::vector<Image> make_images(const ImageList& list, std::size_t index, const std::vector<Recipe>& recipes) {
  std::vector<Image> made;
  made.reserve(recipes.size());
  const auto picture = list.compose ? Image() : decode_file(list.file(index));
  for (const auto& recipe : recipes) {
    made.push_back(list.compose ? list.compose(index, recipe) : apply(recipe, picture));
  }
  return made;
}

LoadedChunk load(const ImageList& list, std::size_t first, std::size_t count, const std::vector<Recipe>& recipes) {
  LoadedChunk chunk{first, std::vector<std::string>(count), std::vector<std::vector<Image>>(recipes.size())};
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<Image> made;
    try {
      made = make_images(list, first + i, recipes);
    } catch (const base::Error& error) {
      chunk.errors[i] = error.what();
    } catch (const std::exception& error) {  // such as std::bad_alloc for an image with very long sides
      chunk.errors[i] = fmt::format("{}: cannot be decoded: {}", list.file(first + i).string(), error.what());
    }
    for (std::size_t r = 0; r < recipes.size(); ++r) {
      chunk.by_recipe[r].push_back(chunk.errors[i].empty()
                                       ? std::move(made[r])
                                       : black(list.tile_columns * recipes[r].size, list.tile_rows * recipes[r].size));
    }
  }
  return chunk;
}

}  // namespace

std::future<LoadedChunk> load_async(const ImageList& list, std::size_t first, std::size_t count,
                                    std::vector<Recipe> recipes) {
  return std::async(std::launch::async,
                    [&list, first, count, recipes = std::move(recipes)] { return load(list, first, count, recipes); });
}

}  // namespace sightline::images

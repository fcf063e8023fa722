#include "images/loader.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <utility>

#include "base/error.hpp"

namespace sightline::images {
namespace {

Image black(int width, int height) {
  return {width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
}

/// Image `index`, transformed by every recipe.
std::vector<Image> make_images(const ImageList& list, std::size_t index, const std::vector<Recipe>& recipes) {
  std::vector<Image> made;
  made.reserve(recipes.size());
  std::map<int, Image> pictures;  // by the side to which they may be shrunk: a recipe's image depends on it alone
  for (const auto& recipe : recipes) {
    if (list.compose) {
      made.push_back(list.compose(index, recipe));
      continue;
    }
    const auto [picture, is_new] = pictures.try_emplace(recipe.draft_side());
    if (is_new) {
      picture->second = list.read(index, recipe.draft_side());
    }
    made.push_back(apply(recipe, picture->second));
  }
  return made;
}

std::vector<std::string> paths_of(const ImageList& list, std::size_t first, std::size_t count) {
  std::vector<std::string> paths;
  for (auto i = first; i < first + count; ++i) {
    paths.push_back(list.entries[i].path);
  }
  return paths;
}

/// Reads image `i` of the chunk.
void load_image(const ImageList& list, std::size_t i, const std::vector<Recipe>& recipes, LoadedChunk& chunk) {
  std::vector<Image> made;
  try {
    made = make_images(list, chunk.first + i, recipes);
  } catch (const base::Error& error) {
    chunk.errors[i] = error.what();
  } catch (const std::exception& error) {  // such as std::bad_alloc for an image with very long sides
    chunk.errors[i] = fmt::format("{}: cannot be decoded: {}", list.name_of(chunk.first + i), error.what());
  }
  for (std::size_t r = 0; r < recipes.size(); ++r) {
    chunk.by_recipe[r][i] = chunk.errors[i].empty()
                                ? std::move(made[r])
                                : black(list.tile_columns * recipes[r].size, list.tile_rows * recipes[r].size);
  }
}

LoadedChunk load(const ImageList& list, std::size_t first, std::size_t count, const std::vector<Recipe>& recipes,
                 std::size_t threads) {
  if (!list.compose) {
    list.source.read_ahead(paths_of(list, first, count));
  }
  LoadedChunk chunk{first, std::vector<std::string>(count),
                    std::vector<std::vector<Image>>(recipes.size(), std::vector<Image>(count))};
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (auto i = next++; i < count; i = next++) {
      load_image(list, i, recipes, chunk);
    }
  };
  std::vector<std::future<void>> others;
  for (std::size_t thread = 1; thread < std::min(threads, count); ++thread) {
    others.push_back(std::async(std::launch::async, work));
  }
  work();
  for (auto& other : others) {
    other.get();
  }
  return chunk;
}

}  // namespace

std::future<LoadedChunk> load_async(const ImageList& list, std::size_t first, std::size_t count,
                                    std::vector<Recipe> recipes, std::size_t threads) {
  return std::async(std::launch::async, [&list, first, count, recipes = std::move(recipes), threads] {
    return load(list, first, count, recipes, threads);
  });
}

}  // namespace sightline::images

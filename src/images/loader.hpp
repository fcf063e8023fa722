#pragma once

#include <future>
#include <string>
#include <vector>

#include "images/image_list.hpp"
#include "images/transform.hpp"

namespace sightline::images {

/// Consecutive images of a list, decoded once and transformed by several recipes.
struct LoadedChunk {
  std::size_t first = 0;                      ///< index of the first image in the list
  std::vector<std::string> errors;            ///< message for each image; empty = the image was read
  std::vector<std::vector<Image>> by_recipe;  ///< [recipe][image]; an image that could not be read is black
};

/// Reads the images first to first + count - 1 of `list` on `threads` threads of their own, so that a chunk can be
/// decoded while the models compute on the one before. Errors of single images are not thrown but reported in
/// LoadedChunk::errors. `list` must outlive the future.
std::future<LoadedChunk> load_async(const ImageList& list, std::size_t first, std::size_t count,
                                    std::vector<Recipe> recipes, std::size_t threads = 1);

}  // namespace sightline::images

#pragma once

#include <future>
#include <string>
#include <vector>

#include "images/image_list.hpp"
#include "images/transform.hpp"

namespace sightline::images {

/// Some pictures of a list, decoded once and transformed by every recipe.
struct LoadedChunk {
  std::size_t first = 0;                      ///< index of the first picture in the list
  std::vector<std::string> errors;            ///< per picture; empty = it could be read
  std::vector<std::vector<Image>> by_recipe;  ///< [recipe][picture]; a picture that could not be read is black
};

/// Reads pictures first .. first + count - 1 on a thread of its own, so that the next chunk is decoded while a model
/// computes. A broken picture is reported in `errors`, never thrown. `list` must outlive the future.
std::future<LoadedChunk> load_async(const ImageList& list, std::size_t first, std::size_t count,
                                    std::vector<Recipe> recipes);

}  // namespace sightline::images

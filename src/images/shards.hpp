#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "images/image_list.hpp"

namespace sightline::images {

/// Consecutive images of a list that go into one archive.
struct Shard {
  std::size_t first = 0;
  std::size_t count = 0;

  bool operator==(const Shard&) const = default;
};

/// Divides images into shards: each has as many of the next images as fit into `most` bytes, but at least one. sizes:
/// in bytes, of each image; scale: the size of a packed picture / that of the picture.
std::vector<Shard> divide(const std::vector<std::uint64_t>& sizes, double scale, std::int64_t most);

/// The names of the images in an archive: their paths without "/", "./" and "../" at the beginning. Since a WebDataset
/// takes what is behind the first dot of a file's name for its kind, other dots in it become '_' (cat.0.jpg is
/// cat_0.jpg). The ending is .jpg where `as_jpeg` is set. Throws base::Error(input) when two are the same, or share a
/// WebDataset's key as a.jpg and a.png do, and for an image that would not be found in an archive: one whose name has
/// no ending of a picture, or a part that is hidden (picture_name.hpp).
std::vector<std::string> packed_names(const ImageList& list, bool as_jpeg);

/// The path of a picture with its ending replaced: that of the member with its label, for .cls.
std::string with_ending(const std::string& name, const std::string& ending);

}  // namespace sightline::images

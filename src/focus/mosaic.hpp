#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "images/image_list.hpp"
#include "images/transform.hpp"

namespace sightline::focus {

/// What a tile shows: a whole photo each, so that the mosaic is rows x columns pictures large; or its part of a photo,
/// so that two photos lie patch by patch in one picture (a mixture, after CutMix, Yun et al., arXiv 1905.04899).
enum class Layout { tiles, patches };

/// One picture put together from tiles of several pictures.
struct Mosaic {
  std::string name;                ///< its own in the set
  int target = -1;                 ///< the class it is about
  std::vector<std::string> paths;  ///< of the tiles, row by row, relative to the set's root
  std::vector<int> classes;        ///< of the tiles

  /// Of every tile, whether it shows the target class.
  std::vector<bool> is_target() const;
  /// T for a tile of the target class, o for another: ToTo.
  std::string arrangement() const;
};

struct MosaicSet {
  std::filesystem::path root;
  int rows = 2;
  int columns = 2;
  std::vector<Mosaic> mosaics;
  std::vector<std::string> left_out;  ///< a sentence for each class without mosaics
  Layout layout = Layout::tiles;

  /// Pictures from top to bottom, and from left to right.
  int height() const { return layout == Layout::tiles ? rows : 1; }
  int width() const { return layout == Layout::tiles ? columns : 1; }
};

struct MosaicSettings {
  int rows = 2;
  int columns = 2;
  int targets = 2;                ///< tiles of the target class
  int per_class = 100;            ///< mosaics
  bool all_arrangements = false;  ///< each draw in every arrangement of its target tiles; otherwise in one at random
  bool skip_small = false;        ///< a class with too few images is left out; otherwise refused
  std::uint64_t seed = 1;
  Layout layout = Layout::tiles;
};

/// Mosaics of every class of `list` (Arias-Duart et al., arXiv 2109.15035, section 3): `targets` images of the class
/// and others of other classes, drawn at random, all of different classes where there are enough, positions shuffled.
/// No image is twice in a mosaic; the images of a class are used equally often, give or take one. Patches: of one image
/// of the class and one of another. The same for the same list and settings. Throws Error(usage) for a shape that
/// cannot be, and for all arrangements when there are more than 10,000; Error(input) when a class has too few images or
/// there is one class only.
MosaicSet draw_mosaics(const images::ImageList& list, const MosaicSettings& settings);

/// As a table: mosaic,target,rows,columns,path_1,class_1,path_2,..., with a column `layout` before the paths where
/// that is `patches`.
std::string mosaics_csv(const MosaicSet& set);
/// The reverse; `name` is used in messages. Throws Error(input) naming the record that is wrong.
MosaicSet parse_mosaics(const std::string& csv, const std::string& name, const std::filesystem::path& root);

/// Mosaics of the same images and target class, in whatever arrangement: their scores are not independent. Indices, by
/// their first mosaic.
std::vector<std::vector<std::size_t>> draws(const MosaicSet& set);

/// The mosaics as pictures of a list, labelled by their targets. `set` must outlive it.
images::ImageList as_images(const MosaicSet& set);

}  // namespace sightline::focus

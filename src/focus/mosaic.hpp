#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "images/image_list.hpp"
#include "images/transform.hpp"

namespace sightline::focus {

/// What a tile of a mosaic shows. tiles: a whole image, so that a mosaic has the size of rows x columns images.
/// patches: the part of an image at the tile's position, so that a mosaic has the size of one image and mixes two of
/// them (after CutMix, Yun et al., arXiv 1905.04899).
enum class Layout { tiles, patches };

/// A mosaic: an image that is composed of tiles of several images.
struct Mosaic {
  std::string name;                ///< unique in the set
  int target = -1;                 ///< the class that the mosaic is explained for
  std::vector<std::string> paths;  ///< image of each tile, row by row, relative to the set's source
  std::vector<int> classes;        ///< class of each tile's image

  /// For each tile, whether it shows the target class.
  std::vector<bool> is_target() const;
  /// The arrangement as a text, such as ToTo: for each tile, T if it shows the target class, otherwise o.
  std::string arrangement() const;
};

/// Mosaics of the same shape.
struct MosaicSet {
  images::PictureSource source;  ///< what the paths of the tiles are relative to
  int rows = 2;                  ///< rows of tiles
  int columns = 2;               ///< columns of tiles
  std::vector<Mosaic> mosaics;
  std::vector<std::string> left_out;  ///< one sentence for each class without mosaics
  Layout layout = Layout::tiles;

  /// The height and the width of a mosaic, in images at the models' input size.
  int image_rows() const { return layout == Layout::tiles ? rows : 1; }
  int image_columns() const { return layout == Layout::tiles ? columns : 1; }
};

/// How mosaics are drawn.
struct MosaicSettings {
  int rows = 2;                   ///< rows of tiles
  int columns = 2;                ///< columns of tiles
  int targets = 2;                ///< number of tiles of the target class
  int per_class = 100;            ///< number of draws for each class
  bool all_arrangements = false;  ///< whether a draw gives a mosaic for every arrangement of its target tiles, or one
  bool skip_small = false;        ///< whether a class with too few images is left out; otherwise it is an error
  std::uint64_t seed = 1;
  Layout layout = Layout::tiles;
};

/// Draws mosaics for every class of `list` (Arias-Duart et al., arXiv 2109.15035, section 3). A draw takes `targets`
/// random images of the class and fills the other tiles with random images of other classes, no two of the same class
/// if there are enough classes; with Layout::patches it takes one image of the class and one of another. The
/// arrangement of the tiles is random, or every arrangement is made. No image occurs twice in a draw. The images of a
/// class are used equally often, up to a difference of one. The same list and settings give the same mosaics. Images
/// with an unknown label are not used.
///
/// Throws base::Error(usage) if the number of target tiles does not fit the shape, or if all of more than 10,000
/// arrangements are requested. Throws base::Error(input) if a class has too few images (unless these are skipped) or
/// there are fewer than two classes.
MosaicSet draw_mosaics(const images::ImageList& list, const MosaicSettings& settings);

/// The set as a table with the columns mosaic,target,rows,columns,path_1,class_1,path_2,... The column `layout` comes
/// before the paths if the layout is `patches`.
std::string mosaics_csv(const MosaicSet& set);
/// Reads a table as mosaics_csv writes it. name: what error messages call the table; source: MosaicSet::source. Throws
/// base::Error(input), which names the invalid record. The names of mosaics become file names: see base::is_file_name.
MosaicSet parse_mosaics(const std::string& csv, const std::string& name, const images::PictureSource& source);

/// Groups the mosaics by their draw: a group has the same images and the same target class in different arrangements,
/// so its scores are not independent. Returns indices of mosaics; groups are in the order of their first mosaic.
std::vector<std::vector<std::size_t>> group_by_draw(const MosaicSet& set);

/// The mosaics as a list of images, which are composed when they are needed. Their labels are the target classes. `set`
/// must outlive the list.
images::ImageList as_images(const MosaicSet& set);

}  // namespace sightline::focus

#pragma once

#include <string>
#include <vector>

#include "images/formats/image.hpp"

namespace sightline::images {

/// A change of a model's input that leaves the objects in the picture what they are. A model that is perturbed by it
/// looks elsewhere for no good reason.
enum class Perturbation {
  none,
  flip,   ///< mirrored, left for right
  shift,  ///< moved right and down by 1/28 of the side, 8 of 224 pixels; the edge is repeated
  crop,   ///< 1/20 of the side is cut off at each edge, and the rest enlarged to the old size (bilinear)
  jpeg    ///< saved as a JPEG of quality 75, Pillow's default, and read again
};

/// The name of a perturbation in options and stores, such as "flip".
std::string name_of(Perturbation perturbation);
/// The perturbation with this name. Throws base::Error(input) for another name.
Perturbation perturbation_named(const std::string& name);

/// The perturbed image. It must be square.
Image perturb(Perturbation perturbation, Image image);

/// The map of a perturbed image, moved back to where the objects are in the image itself: bilinear between the map's
/// pixels; what the perturbed image does not show has the value of the nearest pixel that it shows.
/// map: side x side values, row by row. input_side: the side of the perturbed image in pixels.
std::vector<float> moved_back(Perturbation perturbation, const std::vector<float>& map, int side, int input_side);

}  // namespace sightline::images

#pragma once

#include <array>

#include "images/formats/image.hpp"
#include "images/perturb.hpp"
#include "images/resample.hpp"

namespace sightline::images {

/// How an image is resized and cropped before a model gets it. Normalisation is not part of it.
struct Recipe {
  int size = 224;  ///< side of the square result in pixels
  /// Whether the image is resized straight to size x size, which may change its aspect ratio. Otherwise its short side
  /// is resized to size / crop_pct and the centre is cropped, as in timm's evaluation.
  bool stretch = true;
  double crop_pct = 1.0;
  Interpolation interpolation = Interpolation::bilinear;
  /// Whether libjpeg may shrink a JPEG while it decodes it, to no less than short_side(): see decode.
  bool jpeg_draft = false;
  Perturbation perturbation = Perturbation::none;  ///< what is done to the resized image in the end

  /// The short side in pixels to which an image is resized before it is cropped.
  int short_side() const;
  /// The side to which an image may be shrunk while it is decoded; 0 = it may not (see decode).
  int draft_side() const { return jpeg_draft ? short_side() : 0; }

  bool operator==(const Recipe&) const = default;
};

/// A name of the recipe without its size, such as crop0.875-bilinear, stretch-bicubic-draft or stretch-bilinear-flip.
std::string resize_name(const Recipe& recipe);

/// The image resized and cropped to recipe.size x recipe.size, as by torchvision's Resize and CenterCrop on a PIL
/// image, and then perturbed.
Image apply(const Recipe& recipe, const Image& image);

/// Writes (byte / 255 - mean) / std for every channel, in float32, as torchvision's ToTensor and Normalize do. `out`
/// must have room for height x width x 3 values, which are interleaved: the channels-last layout of a 1 x 3 x H x W
/// tensor.
void normalise(const Image& image, const std::array<double, 3>& mean, const std::array<double, 3>& std, float* out);

}  // namespace sightline::images

#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "focus/mosaic.hpp"

/// What a model takes for a class beside the class itself, by the pairs of Arias-Duart et al. (arXiv 2109.15035,
/// section 5): the worst predicted image of a class beside one of another class. Relevance for the first class that
/// falls on the other image is evidence that should be none.
namespace sightline::focus {

/// One image's prediction.
struct Predicted {
  std::string path;
  int label = -1;            ///< -1 = unknown: not used
  double probability = 0.0;  ///< of its label
  int rival = -1;            ///< the likeliest class beside its label
  bool confused = false;     ///< the rival is likelier than the label
};

/// So many images of a class have to be taken for another before that is a bias: a single odd picture is none.
constexpr int least_confused = 3;

/// How often images of one class are taken for another.
struct Confusion {
  int images = 0;    ///< of the class
  int confused = 0;  ///< whose likeliest class is the other
  double low = 0.0;  ///< lower end of Wilson's interval of their share (JASA 1927)
};
/// Of images of class `other` taken for `target`; `confidence` in (0, 1), two-sided.
Confusion confusion(const std::vector<Predicted>& images, int target, int other, double confidence);

/// An image among the worst of its class.
struct WorstImage {
  Predicted image;
  int rank = 0;  ///< 0 = the worst
};

/// The `count` images of each class whose label has the least probability; classes in order, the worst first, ties by
/// path.
std::vector<WorstImage> worst_images(const std::vector<Predicted>& images, int count);

/// Pictures of two tiles, one above the other: each of the worst images of a class above each of those of another
/// class. `target` >= 0: of that class above those of every other; else of all classes that are mixed up (one is the
/// rival of one of the other's worst images), for both as the target. Throws Error(input) when no pair is left.
MosaicSet bias_pairs(const std::vector<WorstImage>& worst, const std::filesystem::path& root, int target);

/// What the model sees where the relevance lies that lies wrong: the means of `features` (N x C x h x w) on the tiles
/// beside the target, weighted by the positive relevance (N x H x W) on the cells. N x C, float32; 0 where there is
/// none. `first`: the batch's first mosaic in the set.
at::Tensor offending_features(const at::Tensor& features, const at::Tensor& relevance, const MosaicSet& set,
                              std::size_t first);

}  // namespace sightline::focus

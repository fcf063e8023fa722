#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "focus/mosaic.hpp"

/// The search for bias of Arias-Duart et al. (arXiv 2109.15035, section 5): the worst predicted images of a class are
/// paired with images of another class, and the pairs are explained for the first class. Relevance on the image of the
/// other class shows what the model mistakes for evidence of the first.
namespace sightline::focus {

/// A model's prediction for one image.
struct Prediction {
  std::string path;          ///< of the image, relative to the images' source
  int label = -1;            ///< class index; -1 = unknown, the image is not used
  double probability = 0.0;  ///< predicted probability of the label
  int rival = -1;            ///< the class with the largest logit among all but the label
  bool confused = false;     ///< whether the rival has a larger logit than the label
};

/// A bias is suspected only if the model takes at least this many images of the one class for the other.
constexpr int min_confused = 3;

/// How often a model takes the images of one class for another class.
struct Confusion {
  int images = 0;    ///< number of images of the class
  int confused = 0;  ///< how many of them are predicted as the other class
  double low = 0.0;  ///< lower limit of Wilson's interval (JASA 1927) of confused / images; 0 without images
};
/// Counts the images of class `other` that are predicted as class `target`. confidence: of the two-sided interval, in
/// (0, 1).
Confusion confusion(const std::vector<Prediction>& images, int target, int other, double confidence);

/// One of the worst predicted images of its class.
struct WorstImage {
  Prediction image;
  int rank = 0;  ///< 0 = the smallest probability of the label
};

/// The `count` images of each class with the smallest probabilities of their label, in the order of class, probability
/// and path. Images with an unknown label are left out.
std::vector<WorstImage> worst_images(const std::vector<Prediction>& images, int count);

/// Pairs the worst images of two classes, as mosaics of two tiles one above the other: each image of the target class
/// above each of the other class. If target >= 0, that class is the target, and every other class is the other one.
/// Otherwise these are all classes that are confused with each other, where one class is the rival of a worst image of
/// the other, and each of the two is the target in turn. source: what the paths are relative to. Throws
/// base::Error(input) if there is no pair.
MosaicSet bias_pairs(const std::vector<WorstImage>& worst, const images::PictureSource& source, int target);

/// The features under the relevance that is not on the target: for each mosaic, the mean of the features over the
/// cells, weighted by the positive relevance on tiles of other classes. features: N x C x h x w, of a layer; relevance:
/// N x H x W pixels; first: index in the set of the batch's first mosaic. Result: N x C, float32, on the CPU; 0 for a
/// mosaic without such relevance.
at::Tensor offending_features(const at::Tensor& features, const at::Tensor& relevance, const MosaicSet& set,
                              std::size_t first);

}  // namespace sightline::focus

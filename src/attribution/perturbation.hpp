#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attribution/method.hpp"

/// The shared part of the methods that switch features (superpixels) of an image on and off. An absent feature is 0 in
/// normalised space, which is the mean colour.
namespace sightline::attribution {

/// The parameter `features`: how an image is cut into features (SuperpixelRule::parse).
Parameter features_parameter();
/// The parameter `output`: whether the target's logit or its probability is explained.
Parameter output_parameter(const std::string& default_value);

/// Coalitions (subsets) of one image's features, one per row: rows x features, float32, 1 = present, 0 = absent.
using Coalitions = at::Tensor;

/// The target's logit or probability for every coalition of every image: result[image][coalition]. coalitions: one
/// tensor per image of the batch. Coalitions of several images share a forward pass.
std::vector<std::vector<double>> evaluate(Subject& subject, const SuperpixelRule& rule,
                                          const std::vector<Coalitions>& coalitions, bool probability);

/// A method's result for one image.
struct FeatureValues {
  std::vector<double> values;                               ///< one number per feature
  std::map<std::string, std::vector<double>> details = {};  ///< by Detail::name: one number, or one per feature
};
/// The results of all images of a batch as tensors, N x F; entries beyond an image's own features are NaN. Throws
/// base::Error(fault) when an image has more features than SuperpixelRule::max_count allows.
Maps to_maps(Subject& subject, const SuperpixelRule& rule, const std::vector<Detail>& details,
             const std::vector<FeatureValues>& images);

/// Computes one result per image of the subject.
using FeatureMap = std::function<std::vector<FeatureValues>(const Parameters&, const SuperpixelRule&, Subject&)>;
/// `spec` as a method of kind superpixels whose maps `explain` computes. It must have the parameter `features`. passes:
/// what an image costs. details: the names that every result's `details` have.
MethodSpec feature_method(MethodSpec spec, const FeatureMap& explain, const PassCount& passes,
                          const std::vector<Detail>& details);

}  // namespace sightline::attribution

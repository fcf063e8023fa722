#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attribution/method.hpp"

/// What the methods that switch features of an image on and off share. An absent feature is 0 in normalised space: the
/// mean colour.
namespace sightline::attribution {

/// The features of a method and the model's output that it explains.
Parameter features_parameter();
Parameter output_parameter(const std::string& default_value);

/// Some coalitions of one image's features: rows x features, float32, 1 = present.
using Coalitions = at::Tensor;

/// The target's output for every coalition of every image: [image][coalition]. Coalitions of several images share
/// passes.
std::vector<std::vector<double>> evaluate(Subject& subject, const SuperpixelRule& rule,
                                          const std::vector<Coalitions>& coalitions, bool probability);

/// What a method found for one image's features; further columns by the details' names.
struct FeatureValues {
  std::vector<double> values;
  std::map<std::string, std::vector<double>> details = {};  ///< one number, or one per feature
};
/// As maps of a batch: unused columns are NaN.
Maps to_maps(Subject& subject, const SuperpixelRule& rule, const std::vector<Detail>& details,
             const std::vector<FeatureValues>& images);

/// A method whose map has a number per feature, made by `explain`.
using FeatureMap = std::function<std::vector<FeatureValues>(const Parameters&, const SuperpixelRule&, Subject&)>;
MethodSpec feature_method(MethodSpec spec, const FeatureMap& explain, const std::vector<Detail>& details);

}  // namespace sightline::attribution

#pragma once

#include <string>

#include "attribution/method.hpp"
#include "models/layers/rules.hpp"

/// The shared part of the methods that compute pixel maps from gradients with respect to the input.
namespace sightline::attribution {

/// The parameter `channels`: whether the colour channels are merged by their sum or by the largest absolute value.
Parameter channels_parameter(const std::string& default_value);
/// Merges the colour channels by the parameter `channels`: K x 3 x H x W -> K x H x W.
at::Tensor merge_channels(const Parameters& parameters, const at::Tensor& values);

/// Runs the model once under `rules`, without recording gradients. Throws DoesNotFit when the rules are not defined for
/// one of its steps.
void check_fit(const models::Model& model, const models::Rules& rules);

/// The PassCount of methods that take `count` gradients of each image.
PassCount gradients_per_image(std::int64_t count);

/// Computes the maps of all images of the subject: values N x H x W.
using PixelMap = std::function<Maps(const Parameters&, Subject&)>;
/// Throws DoesNotFit for a model that the method cannot explain.
using FitCheck = std::function<void(const models::Model&)>;
/// `spec` as a method of kind pixels whose maps `explain` computes. passes: what an image costs. details: the entries
/// of Maps::details that it returns. check: called once before the method is built for a model.
MethodSpec pixel_method(MethodSpec spec, const PixelMap& explain, const PassCount& passes,
                        const std::vector<Detail>& details = {}, const FitCheck& check = {});

}  // namespace sightline::attribution

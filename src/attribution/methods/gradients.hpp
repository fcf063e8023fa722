#pragma once

#include <string>

#include "attribution/method.hpp"
#include "models/layers/rules.hpp"

/// What the methods that make pixel maps from input gradients share.
namespace sightline::attribution {

/// How the three colour channels become one number: their sum, or the largest absolute value.
Parameter channels_parameter(const std::string& default_value);
/// K x 3 x H x W -> K x H x W by the parameter `channels`.
at::Tensor merge_channels(const Parameters& parameters, const at::Tensor& values);

/// Runs the model once by the rules, without recording. Throws DoesNotFit when a step of it has none.
void check_fit(const models::Model& model, const models::Rules& rules);

/// A method whose map has a number per pixel, made by `explain`.
using PixelMap = std::function<Maps(const Parameters&, Subject&)>;
/// Throws DoesNotFit for a model that the method cannot explain.
using FitCheck = std::function<void(const models::Model&)>;
MethodSpec pixel_method(MethodSpec spec, const PixelMap& explain, const std::vector<Detail>& details = {},
                        const FitCheck& check = {});

}  // namespace sightline::attribution

#pragma once

#include <vector>

#include "stages/explain/loaded_model.hpp"

namespace sightline::stages {

/// The plan of a model's data in the store: its attributes, and the shapes of its methods' records, which are read from
/// `grey`, the model with a batch of one grey image. The label maps that the methods need are added to `superpixels` if
/// they are not in it yet. Throws base::Error(usage) when --target is a class that the model does not have, and
/// base::Error(input) for a model with a single class, which has no softmax.
store::ModelPlan plan_model(const ResolvedJob& job, const LoadedModel& loaded, attribution::Subject& grey,
                            std::vector<store::SuperpixelPlan>& superpixels);

}  // namespace sightline::stages

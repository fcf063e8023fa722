#pragma once

#include <vector>

#include "stages/explain/loaded_model.hpp"

namespace sightline::stages {

/// What the store will hold of a model: its facts, and the shapes of its methods' records by those of `grey`'s maps.
/// The label maps that its methods need are added to `superpixels` unless they are there. Throws base::Error(usage) for
/// a target class that the model does not know.
store::ModelPlan plan_model(const ResolvedJob& job, const LoadedModel& loaded, attribution::Subject& grey,
                            std::vector<store::SuperpixelPlan>& superpixels);

}  // namespace sightline::stages

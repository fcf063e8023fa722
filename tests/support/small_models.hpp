#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "attribution/method.hpp"
#include "models/model.hpp"

namespace sightline::tests {

/// A model of the zoo with the formula weights "synthetic:SEED" in float32.
std::unique_ptr<models::Model> synthetic_model(const std::string& name, std::uint64_t seed = 1);

/// Formula image number k at a size that is quick for the model: 64 pixels per side, or 224 where the size is fixed.
at::Tensor picture_for(const models::Model& model, int k = 0);

/// Explains the batch by the named method; `parameters` as job_with takes them.
attribution::Explanation explain(const std::string& method, models::Model& model, const attribution::Batch& batch,
                                 const std::map<std::string, std::string>& parameters = {});

/// The logit that was explained, of one image of the batch.
double target_logit(const attribution::Explanation& made, std::int64_t image = 0);

/// ||a - b|| / ||b||.
double distance(const at::Tensor& a, const at::Tensor& b);

}  // namespace sightline::tests

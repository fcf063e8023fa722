#pragma once

#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace sightline::tests {

/// Two images, one model, a method on each kind of values, one of them in float16.
inline store::StorePlan small_store_plan() {
  namespace schema = store::schema;
  store::StorePlan plan{"job", "test", "/photos", {"a.jpg", "b.jpg"}, {0, 1}, {}};
  store::ModelPlan model;
  model.name = "M";
  model.attributes = {{schema::timm_id, "resnet18d.ra2_in1k"}};
  model.input_size = 224;
  model.mean = model.std = {0.5, 0.5, 0.5};
  model.classes = 3;
  model.methods = {{"gradcam", schema::kind_grid, {{"layer", "layer4.1"}}, {2, 2}},
                   {"saliency", schema::kind_pixels, {}, {4, 4}, {}, {}, true},
                   {"occlusion", "tiles", {}, {2, 2}, {{"focus", {}}}},
                   {"kernelshap", schema::kind_superpixels, {}, {5}, {{"r2", {}}, {"standard_error", {5}}}, "slic5-8"}};
  plan.models = {model};
  plan.superpixels = {{"slic5-8", {8, 8}}};
  return plan;
}

}  // namespace sightline::tests

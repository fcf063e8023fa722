#include "attribution/methods/registry.hpp"

#include "attribution/methods/methods.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace sightline::attribution {

const std::vector<MethodSpec>& all_methods() {
  // A new method: one line here.
  static const std::vector<MethodSpec> methods = {
      gradcam(),
      gradcampp(),
      hirescam(),
      layercam(),
      xgradcam(),
      eigencam(),
      scorecam(),
      saliency(),
      input_x_gradient(),
      smoothgrad(),
      integrated_gradients(),
      gradient_shap(),
      guided_backprop(),
      deep_lift(),
      lrp(),
      attention_rollout(),
      chefer(),
      kernelshap(),
      lime(),
      shapley_value_sampling(),
      occlusion(),
      rise(),
  };
  return methods;
}

const MethodSpec& find_method(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& method : all_methods()) {
    if (method.name == name) {
      return method;
    }
    names.push_back(method.name);
  }
  throw base::usage_error("methods: '{}' is not known.{} 'sightline methods' lists them.", name,
                          base::did_you_mean(name, names));
}

}  // namespace sightline::attribution

#include "attribution/methods/registry.hpp"

#include "attribution/methods/methods.hpp"
#include "base/error.hpp"
#include "base/find_named.hpp"

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
  return base::find_named(all_methods(), name, &MethodSpec::name, [](const base::UnknownName& unknown) {
    return base::usage_error("methods: '{}' is not known.{} 'sightline methods' lists them.", unknown.name,
                             unknown.hint());
  });
}

}  // namespace sightline::attribution

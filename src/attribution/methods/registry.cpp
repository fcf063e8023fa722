#include "attribution/methods/registry.hpp"

#include <algorithm>

#include "attribution/methods/methods.hpp"
#include "base/error.hpp"
#include "base/find_named.hpp"

namespace sightline::attribution {

const std::vector<MethodSpec>& all_methods() {
  static const std::vector<MethodSpec> methods = {
#define METHOD(name) name(),
#include "attribution/methods/methods.def"
#undef METHOD
  };
  return methods;
}

const MethodSpec& find_method(const std::string& name) {
  return base::find_named(all_methods(), name, &MethodSpec::name, [](const base::UnknownName& unknown) {
    return base::usage_error("methods: '{}' is not known.{} 'sightline methods' lists them.", unknown.name,
                             unknown.hint());
  });
}

GridReading grid_reading(const std::string& stored) {
  const auto name = stored.substr(0, stored.find('@'));
  const auto& methods = all_methods();
  const auto found = std::find_if(methods.begin(), methods.end(), [&](const auto& spec) { return spec.name == name; });
  return found == methods.end() ? GridReading::cam : found->grid_reading;
}

}  // namespace sightline::attribution

#pragma once

#include <string>
#include <vector>

#include "attribution/method.hpp"
#include "attribution/methods/registry.hpp"

namespace sightline::attribution {

/// All attribution methods, in the order in which `sightline methods` lists them.
const std::vector<MethodSpec>& all_methods();

/// The method of that name (MethodSpec::name). Throws base::Error(usage) with the nearest name when there is none.
const MethodSpec& find_method(const std::string& name);

}  // namespace sightline::attribution

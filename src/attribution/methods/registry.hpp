#pragma once

#include <string>
#include <vector>

#include "attribution/method.hpp"

namespace sightline::attribution {

/// All attribution methods, in the order in which `sightline methods` lists them.
const std::vector<MethodSpec>& all_methods();

/// The method of that name (MethodSpec::name). Throws base::Error(usage) with the nearest name when there is none.
const MethodSpec& find_method(const std::string& name);

/// How the grids that a store holds under the name `stored` (NAME or NAME@VARIANT) are read: what the method's spec
/// says; as class activation maps where no method has that name, which is what maps of other programs are.
GridReading grid_reading(const std::string& stored);

}  // namespace sightline::attribution

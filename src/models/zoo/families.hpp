#pragma once

#include <vector>

#include "models/model.hpp"

/// The models of each family, in a file of the family's name. A new family is a file and a line in families.def.
namespace sightline::models {

#define FAMILY(name, kind) std::vector<ModelSpec> name##_family();
#include "models/zoo/families.def"
#undef FAMILY

}  // namespace sightline::models

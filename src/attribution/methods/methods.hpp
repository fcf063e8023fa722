#pragma once

#include "attribution/method.hpp"

/// One function per method, each in a file of that name. A new method is a file and a line in methods.def.
namespace sightline::attribution {

#define METHOD(name) MethodSpec name();
#include "attribution/methods/methods.def"
#undef METHOD

}  // namespace sightline::attribution

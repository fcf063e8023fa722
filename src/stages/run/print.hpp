#pragma once

#include <functional>
#include <string>

namespace sightline::stages {

/// Takes a part of a command's results, as text for standard output. A stage calls it on the root only, as soon as the
/// part is known: a later step may take long, or fail.
using Print = std::function<void(const std::string& text)>;

}  // namespace sightline::stages

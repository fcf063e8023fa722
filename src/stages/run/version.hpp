#pragma once

#include <map>
#include <string>

namespace sightline::stages {

/// The version and the git revision, such as "0.1.0 (a1b2c3)".
std::string program_version();

/// Versions of LibTorch, MPI, HDF5, OpenCV and the compiler, by name.
std::map<std::string, std::string> library_versions();

/// The lines that `sightline --version` prints.
std::string version_text();

}  // namespace sightline::stages

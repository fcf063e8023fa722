#include "stages/run/version.hpp"

#include <fmt/format.h>
#include <opencv2/core/version.hpp>

#include "comm/communicator.hpp"
#include "models/runtime.hpp"
#include "revision.hpp"
#include "store/hdf5.hpp"

namespace sightline::stages {

std::string program_version() {
  return fmt::format("{} ({})", SIGHTLINE_VERSION, SIGHTLINE_REVISION);
}

std::map<std::string, std::string> library_versions() {
  return {{"LibTorch", models::libtorch_version()},
          {"MPI", comm::mpi_version()},
          {"HDF5", store::hdf5_version()},
          {"OpenCV", CV_VERSION},
          {"compiler", __VERSION__}};
}

std::string version_text() {
  std::string text = "sightline " + program_version() + "\n";
  for (const auto& [name, version] : library_versions()) {
    text += fmt::format("  {:<9} {}\n", name, version);
  }
  return text;
}

}  // namespace sightline::stages

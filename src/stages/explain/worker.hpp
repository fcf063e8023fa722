#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "stages/explain/work.hpp"

namespace sightline::stages {

/// What one rank has done.
struct RankOutcome {
  Explainer::Written written;
  std::vector<std::string> bad_images;  ///< one sentence for each image that was skipped
  std::vector<double> requests;         ///< seconds that each request for a unit took
  bool stopped = false;
};

/// collective. Explains the units of `work` into the store `file`; every rank pulls units until there are none left or
/// a signal stops it. `stage`: the name in the progress line. Throws base::Error for images that cannot be read
/// (--on-bad-image fail) and for a store that cannot be written.
RankOutcome run_units(const comm::Communicator& ranks, const ResolvedJob& job, Explainer& explainer,
                      const images::ImageList& list, const Work& work, const std::filesystem::path& file,
                      const std::string& stage);

}  // namespace sightline::stages

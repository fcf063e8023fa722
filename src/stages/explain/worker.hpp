#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "stages/explain/work.hpp"

namespace sightline::stages {

/// The outcome of a job on one rank.
struct RankOutcome {
  Explainer::Written written;           ///< the records of this rank
  std::vector<std::string> bad_images;  ///< a sentence for each image that was skipped
  std::vector<double> request_seconds;  ///< for each request of a work unit, the time to its arrival
  bool stopped = false;                 ///< a signal stopped this rank
};

/// collective. Explains the units of `work` with the job's explainer and writes their records to the store `file`.
/// Every rank requests units until there are none left or a signal stops it. `stage`: the name of the stage in the
/// progress line. Throws base::Error(input) for images that cannot be read (unless --on-bad-image is skip),
/// base::Error(fault) for a store that cannot be written, and as Explainer::explain.
RankOutcome run_units(const comm::Communicator& ranks, Explainer& explainer, const images::ImageList& list,
                      const Work& work, const std::filesystem::path& file, const std::string& stage);

}  // namespace sightline::stages

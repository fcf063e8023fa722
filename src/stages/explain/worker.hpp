#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "stages/explain/work.hpp"

namespace sightline::stages {

/// The outcome of a job on one rank.
struct RankOutcome {
  RecordTimes times;                         ///< what records took
  std::int64_t records = 0;                  ///< written by this rank
  std::vector<std::string> bad_images = {};  ///< a sentence for each image that was skipped
  std::vector<double> request_seconds = {};  ///< for each request of a work unit, the time to its arrival
  bool stopped = false;                      ///< a signal stopped this rank
};

/// collective. Explains the units of `work` with the job's explainer and writes their records to the store `file`, each
/// as soon as it is made; `work.missing` is what is left on this rank. Every rank requests units until there are none
/// left. A signal on one rank stops all of them before their next pass. `stage`: the name of the stage in the
/// progress line. Throws base::Error(input) for images that cannot be read (unless --on-bad-image is skip),
/// base::Error(fault) for a store that cannot be written, and as Explainer::explain.
RankOutcome run_units(const comm::Communicator& ranks, Explainer& explainer, const images::ImageList& list, Work& work,
                      const std::filesystem::path& file, const std::string& stage);

}  // namespace sightline::stages

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <c10/core/Device.h>

#include "comm/communicator.hpp"
#include "images/image_list.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {

/// The outcome of a job over all ranks. Only `stopped` is known on every rank; the rest is known on the root.
struct JobOutcome {
  std::int64_t records = 0;          ///< predictions and maps that were written
  double model_seconds = 0.0;        ///< computing with the models, summed over the ranks
  double request_seconds = 0.0;      ///< from the request of a work unit to its arrival: the slowest rank's median
  std::string bad_images;            ///< one line for each image that was skipped
  std::vector<std::string> devices;  ///< the device of each rank
  bool stopped = false;              ///< a signal stopped the job; finished records are saved, a later run continues
};

/// collective. Creates or extends the store `file` and writes the records that are missing, and then those that are
/// corrupt, as far as --verify looks for them: a prediction of every model for every image of the list, and a map by
/// each of the job's methods, if it has any. `stage`: the name of the stage in messages. Throws base::Error as
/// `prepare_work` and `run_units`.
JobOutcome explain_job(const comm::Communicator& ranks, const ResolvedJob& job, c10::Device device,
                       const images::ImageList& list, const std::filesystem::path& file, const std::string& stage);

}  // namespace sightline::stages

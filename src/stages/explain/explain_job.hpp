#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "images/image_list.hpp"
#include "models/runtime.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {

/// What all ranks together have done; known on the root, `stopped` on all.
struct JobOutcome {
  std::int64_t records = 0;
  double model_seconds = 0.0;        ///< summed over the ranks
  double request_seconds = 0.0;      ///< from asking for a unit to having it: the median of the slowest rank
  std::string bad_images;            ///< one line for each image that was skipped
  std::vector<std::string> devices;  ///< by rank
  bool stopped = false;              ///< by a signal: what is finished is saved, running again goes on
};

/// collective. Makes or extends the store `file` and fills it: a prediction of every model for every image of the list,
/// and a map of each of the job's methods (none is fine). What has a good record is not made again. `stage`: for
/// messages. Throws base::Error for what the job, the images, the weights or the store have wrong.
JobOutcome explain_job(const comm::Communicator& ranks, const ResolvedJob& job, const models::DeviceChoice& device,
                       const images::ImageList& list, const std::filesystem::path& file, const std::string& stage);

/// collective, once per process. The device of this rank, ready to use. Throws base::Error(fault) when --device cuda
/// finds none.
models::DeviceChoice start_device(const comm::Communicator& ranks, const job::JobConfig& config);

}  // namespace sightline::stages

#pragma once

#include "comm/communicator.hpp"
#include "focus/mosaic.hpp"
#include "models/runtime.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {

/// collective. Whether the mosaics that the job explains, `set`, are fair to its models: how far their features lie
/// from the classes of the photos that they are made of, beside those photos themselves. Writes tables/focus_ood.csv
/// and tables/focus_ood_map.csv, and keeps the features in features_photos.h5 and features_mosaics.h5. Returns whether
/// it came to an end; a signal stops it, running again goes on. Throws base::Error(input) when hardly any of them could
/// be read.
bool compare_features(const comm::Communicator& ranks, const ResolvedJob& job, const focus::MosaicSet& set,
                      const models::DeviceChoice& device);

}  // namespace sightline::stages

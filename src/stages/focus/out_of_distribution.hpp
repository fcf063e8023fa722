#pragma once

#include <c10/core/Device.h>

#include "comm/communicator.hpp"
#include "focus/mosaic.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {

/// collective. Measures whether the mosaics of `set` are out of distribution for the job's models: compares the
/// distances of the mosaics' features to the class means of the photos that they are made of with the distances of the
/// photos' own features (focus::feature_distances). Writes tables/focus_ood.csv and tables/focus_ood_map.csv, and
/// stores the features in features_photos.h5 and features_mosaics.h5. Returns false when a signal stopped it; a later
/// run continues. Throws base::Error(input) when fewer than two photos or no mosaic could be read, and as
/// `explain_job`.
bool compare_features(const comm::Communicator& ranks, const ResolvedJob& job, const focus::MosaicSet& set,
                      c10::Device device);

}  // namespace sightline::stages

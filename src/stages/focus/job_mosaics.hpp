#pragma once

#include <memory>

#include "comm/communicator.hpp"
#include "focus/mosaic.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {

/// collective. The mosaics of the job: read from --mosaics.file, or drawn from the job's images. Warns of classes that
/// have too few images for a mosaic. Throws as focus::draw_mosaics and focus::parse_mosaics, and base::Error(input)
/// when an image of a mosaic in the file does not exist (unless --on-bad-image is skip).
std::shared_ptr<const focus::MosaicSet> job_mosaics(const comm::Communicator& ranks, const job::JobConfig& config);

/// The job, changed so that it explains the mosaics of `set`, each for its target class. `regions`: as in MosaicMaps.
ResolvedJob on_mosaics(ResolvedJob job, std::shared_ptr<const focus::MosaicSet> set, bool regions = false);

/// Root only. Writes OUTPUT/mosaics.csv. Throws base::Error(usage) when the file exists with other mosaics, since the
/// results of both would be mixed in one store.
void save_mosaics(const focus::MosaicSet& set, const std::filesystem::path& output);

}  // namespace sightline::stages

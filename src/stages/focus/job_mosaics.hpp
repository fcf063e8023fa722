#pragma once

#include <memory>

#include "comm/communicator.hpp"
#include "focus/mosaic.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {

/// collective. The mosaics of the job, read (--mosaics.file) or drawn on the root and sent to all, and said which
/// classes have none. Throws as focus::draw_mosaics and focus::parse_mosaics.
std::shared_ptr<const focus::MosaicSet> job_mosaics(const comm::Communicator& ranks, const job::JobConfig& config);

/// `job`, made to explain the mosaics of `set`, each for its target class. `regions`: as MosaicMaps.
ResolvedJob on_mosaics(ResolvedJob job, std::shared_ptr<const focus::MosaicSet> set, bool regions = false);

/// Root only. Writes OUTPUT/mosaics.csv. Throws base::Error(usage) when others are there already: what was made of them
/// would be mixed up.
void keep_mosaics(const focus::MosaicSet& set, const std::filesystem::path& output);

}  // namespace sightline::stages

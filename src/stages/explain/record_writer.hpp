#pragma once

#include <cstdint>
#include <vector>

#include "stages/explain/batch_explainer.hpp"
#include "stages/explain/missing.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {

/// Where the records of the job's images go, and which of them are wanted.
struct RecordTarget {
  const std::vector<images::ImageEntry>& entries;  ///< the job's images
  const std::vector<std::uint64_t>& rows;          ///< the store's row of each image of the job
  const Missing& missing;
  store::Explanations& store;
};

/// Writes the records of a batch that are missing and whose image could be read: a prediction each, and a map of every
/// method. Returns how many. Warns of maps that are not finite. `superpixels`: the label maps of the batch's images.
std::int64_t write_records(const ResolvedJob& job, const LoadedModel& loaded, const BatchResult& result,
                           const plan::Batch& batch, const images::LoadedChunk& chunk,
                           const attribution::SuperpixelCache& superpixels, const RecordTarget& target);

}  // namespace sightline::stages

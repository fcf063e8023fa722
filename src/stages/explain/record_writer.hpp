#pragma once

#include <cstdint>
#include <vector>

#include "stages/explain/batch_explainer.hpp"
#include "stages/explain/missing.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {

/// The store that records are written to, and the records that are wanted.
struct RecordTarget {
  const std::vector<images::ImageEntry>& entries;  ///< the job's images
  const std::vector<std::uint64_t>& rows;          ///< the row in the store of each of the job's images
  const MissingRecords& missing;
  store::Explanations& store;
};

/// Writes the records of a batch, predictions and maps, that are missing and whose image could be read. Returns their
/// number. Warns of maps that are not finite, which are written too. `chunk`: the images that the batch was taken from;
/// `superpixels`: the label maps of the batch's images.
std::int64_t write_records(const ResolvedJob& job, const LoadedModel& loaded, const BatchResult& result,
                           const plan::Batch& batch, const images::LoadedChunk& chunk,
                           const attribution::SuperpixelCache& superpixels, const RecordTarget& target);

}  // namespace sightline::stages

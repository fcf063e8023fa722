#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/stopwatch.hpp"
#include "stages/explain/batch_explainer.hpp"
#include "stages/explain/record_flags.hpp"
#include "stages/explain/record_times.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {

/// The store that records are written to, and the records that are wanted.
struct RecordTarget {
  const std::vector<images::ImageEntry>& entries;  ///< the job's images
  const std::vector<std::uint64_t>& rows;          ///< the row in the store of each of the job's images
  RecordFlags& missing;                            ///< what is written is marked as not missing
  store::Explanations& store;
  std::function<void()> on_record = {};  ///< called after each record; may be empty
  RecordTimes& times;                    ///< what they took
  std::int64_t records = 0;              ///< how many were written
};

/// Writes the records of one model, predictions and maps, that are missing and whose image could be read, each as soon
/// as it is made. Warns of maps that are not finite, which are written too.
class RecordWriter : public ResultSink {
 public:
  /// `images`: those whose records are wanted; `chunk`: the images that batches are taken from; `superpixels`: the
  /// label maps of the images.
  RecordWriter(const ResolvedJob& job, const LoadedModel& loaded, const plan::Batch& images,
               const images::LoadedChunk& chunk, const attribution::SuperpixelCache& superpixels, RecordTarget& target)
      : job_(job), loaded_(loaded), images_(images), chunk_(chunk), superpixels_(superpixels), target_(target) {}

  bool wants(std::size_t method, const plan::Batch& images) const override;
  void take(const BatchPredictions& made) override;
  void take(const BatchMaps& made) override;

 private:
  bool wanted(std::size_t record, std::size_t image) const;
  void finish(std::size_t record, std::size_t image);
  void write_superpixels(const attribution::SuperpixelRule& rule, std::size_t image) const;

  const ResolvedJob& job_;
  const LoadedModel& loaded_;
  plan::Batch images_;
  const images::LoadedChunk& chunk_;
  const attribution::SuperpixelCache& superpixels_;
  RecordTarget& target_;
  base::Stopwatch since_last_;  ///< since this writer was made or has last written
};

}  // namespace sightline::stages

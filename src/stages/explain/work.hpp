#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "comm/communicator.hpp"
#include "stages/explain/explainer.hpp"
#include "stages/explain/record_flags.hpp"

namespace sightline::stages {

/// The work of a job that is distributed over the ranks; the same on every rank.
struct Work {
  std::vector<std::uint64_t> rows;       ///< the row in the store of each of the job's images
  RecordFlags missing;                   ///< the records to be written
  RecordFlags unverified;                ///< the records that were there before and are to be verified
  std::vector<plan::ModelGroup> groups;  ///< the models that a rank holds together
  plan::UnitSizes sizes;                 ///< of the units
  std::vector<plan::WorkUnit> units;     ///< in the order in which they are handed out
  std::vector<double> costs;             ///< seconds of a forward pass of one image, by model
  std::vector<double> record_seconds;    ///< of one image, model after model: Survey::record_seconds
  double seconds = 0.0;                  ///< of all missing records, about, on one rank
};

/// collective. Creates or extends the store `file` for the explainer's job and finds the records of the job's part
/// (--part) that have to be written or verified. Warns of methods that do not fit a model, and of class folders without
/// --classes. Throws base::Error as Explainer::survey, store::prepare_store and refuse_methods_without_model.
Work prepare_work(const comm::Communicator& ranks, Explainer& explainer, const images::ImageList& list,
                  const std::filesystem::path& file);

/// Divides the records of `work.missing` into units, and sets `work.seconds`.
void divide(Work& work);

/// The most images in a work unit: --chunk, but at least one batch.
std::size_t chunk_size(const Explainer& explainer);

/// The number of groups of models that a run of this job on `ranks` ranks uses. `images`: those of the job; `chunk`:
/// most images of a work unit (chunk_size).
std::size_t group_count(const ResolvedJob& job, std::size_t images, std::size_t chunk, std::size_t ranks);

/// The plan of the job's store. `batch`: the number of images in one pass; `list`: the images of the job.
store::StorePlan plan_store(const ResolvedJob& job, const Survey& survey, std::size_t batch,
                            const images::ImageList& list);

/// Throws base::Error(usage) when a method fits no model of the job. Warns of every other model and method that do not
/// fit and are left out.
void refuse_methods_without_model(const ResolvedJob& job, const Survey& survey);

}  // namespace sightline::stages

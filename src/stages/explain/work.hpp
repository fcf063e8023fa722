#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "comm/communicator.hpp"
#include "stages/explain/explainer.hpp"
#include "stages/explain/missing.hpp"

namespace sightline::stages {

/// The work of a job that is distributed over the ranks; the same on every rank.
struct Work {
  std::vector<std::uint64_t> rows;       ///< the row in the store of each of the job's images
  MissingRecords missing;                ///< the records to be written
  std::vector<plan::ModelGroup> groups;  ///< the models that a rank holds together
  std::vector<plan::WorkUnit> units;     ///< in the order in which they are handed out
};

/// collective. Creates or extends the store `file` for the explainer's job and finds the records that have to be
/// written: those of the job's part (--part) that are missing or corrupt. Warns of methods that do not fit a model, and
/// of class folders without
/// --classes. Throws base::Error as Explainer::survey, store::prepare_store and refuse_methods_without_model.
Work prepare_work(const comm::Communicator& ranks, Explainer& explainer, const images::ImageList& list,
                  const std::filesystem::path& file);

/// The number of images in a work unit: --chunk, but at least one batch.
std::size_t chunk_size(const Explainer& explainer);

/// The plan of the job's store. `batch`: the number of images in one pass; `list`: the images of the job.
store::StorePlan plan_store(const ResolvedJob& job, const Survey& survey, std::size_t batch,
                            const images::ImageList& list);

/// Throws base::Error(usage) when a method fits no model of the job. Warns of every other model and method that do not
/// fit and are left out.
void refuse_methods_without_model(const ResolvedJob& job, const Survey& survey);

}  // namespace sightline::stages

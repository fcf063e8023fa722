#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "comm/communicator.hpp"
#include "stages/explain/explainer.hpp"
#include "stages/explain/missing.hpp"

namespace sightline::stages {

/// What the ranks share out.
struct Work {
  std::vector<std::uint64_t> rows;  ///< the store's row of each image of the job
  Missing missing;
  std::vector<plan::ModelGroup> groups;
  std::vector<plan::WorkUnit> units;
};

/// collective. Makes the store `file` ready, or extends it, and finds out what there is to do: what has no good record
/// and belongs to the job's part. Throws base::Error as Explainer::survey, store::prepare_store and
/// refuse_methods_without_model.
Work prepare_work(const comm::Communicator& ranks, const ResolvedJob& job, Explainer& explainer,
                  const images::ImageList& list, const std::filesystem::path& file);

/// Images in a work unit: --chunk, but at least a batch.
std::size_t chunk_size(const ResolvedJob& job, const Explainer& explainer);

/// What the job's store will hold.
store::StorePlan plan_store(const ResolvedJob& job, const Survey& survey, std::size_t batch,
                            const images::ImageList& list);

/// Throws base::Error(usage) when a method fits no model of the job; warns of the pairs that are left out.
void refuse_methods_without_model(const ResolvedJob& job, const Survey& survey);

}  // namespace sightline::stages

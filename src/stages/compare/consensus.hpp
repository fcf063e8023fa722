#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "job/job_config.hpp"
#include "stages/compare/image_block.hpp"
#include "stages/compare/image_facts.hpp"

namespace sightline::stages {

struct ComparisonResult;

/// How far the models agree on where to look, image by image. The consensus of an image is the mean of the models'
/// maps, each with the length 1; its cosines with the maps follow from those of every two maps.
struct Consensus {
  std::vector<float> disagreement;  ///< by image: 1 - the mean cosine of two different models; NaN for fewer than two
  std::vector<float> similarity;    ///< models x images: the cosine of the model's map with the consensus; NaN without
                                    ///< a map, for a blank one, and where the maps cancel out
};

/// The consensus of one image from the cosines of every two models, by pair_index; NaN and blank maps take no part.
/// Sets column `place` of `consensus`, which has room for `count` images.
void add_image(const std::vector<float>& cosines, std::size_t models, std::uint64_t place, std::uint64_t count,
               Consensus& consensus);

/// collective. Joins the blocks of all ranks, on the root; empty elsewhere.
Consensus join(const comm::Communicator& ranks, const Consensus& block, std::size_t models, std::uint64_t images);

/// Root only. For each comparison of models with a consensus: consensus_METHOD.csv, the images by disagreement with
/// what is known of them, which is `outcomes` of the models and `more`, and consensus_models_METHOD.csv, how alike each
/// model and the consensus are. And disagreement_correlation.csv: Spearman's correlation of disagreement with each of
/// these facts, over the images of which both are known. `store`: the one that was compared.
void write_consensus(const std::filesystem::path& tables, const job::JobConfig& config, const ComparisonResult& result,
                     const store::Explanations& store, const std::vector<ImageFact>& more);

}  // namespace sightline::stages

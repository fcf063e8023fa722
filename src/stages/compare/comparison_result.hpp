#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "comparison/pair_statistics.hpp"
#include "job/job_config.hpp"
#include "stages/compare/consensus.hpp"
#include "stages/compare/predictions.hpp"
#include "stages/compare/similarity_ceiling.hpp"
#include "stages/compare/similarity_floor.hpp"
#include "stages/run/pair_shares.hpp"
#include "statistics/bootstrap.hpp"
#include "statistics/error_consistency.hpp"
#include "statistics/image_count.hpp"
#include "statistics/mantel.hpp"

namespace sightline::stages {

/// The statistics of one metric over a set of images, for every pair of models.
struct PairTable {
  comparison::PairMatrices matrices;
  std::vector<std::int64_t> images;                ///< by pair: the number of images with a value
  std::optional<statistics::Intervals> mean = {};  ///< bootstrap interval of the mean by pair; empty without resamples
  std::optional<statistics::Intervals> dissimilarity = {};  ///< the same of the dissimilarity
};

/// The results of one method and metric. Every rank has the similarities of its own pairs, and the root the rest.
struct MetricResult {
  std::string metric;
  PairShare own = {};                 ///< the pairs of this rank
  std::vector<float> per_image = {};  ///< own.count x images; NaN = the pair has no value for the image
  PairTable all = {};                 ///< over all images
  PairTable matching = {};            ///< over the images for which both models predict the same class
  std::vector<double> pooled = {};    ///< models x models, over the pixels of all images; empty for most metrics
  /// The differences between every two off-diagonal cells of the dissimilarity matrix.
  std::vector<statistics::Difference> differences = {};
  std::optional<SimilarityFloor> floor = {};                 ///< empty without one
  std::optional<SimilarityCeiling> ceiling = {};             ///< empty without --compare.repeats
  std::vector<statistics::SubsetErrors> subset_errors = {};  ///< of the off-diagonal cells, in the order of pairs
  statistics::SplitHalfReliability reliability = {};  ///< of the off-diagonal cells; of splits, see --compare.subsets
  /// The correlation over pairs of the mean similarity with the number of equal predictions.
  double agreement_correlation = std::numeric_limits<double>::quiet_NaN();
};

/// The comparison of all models by one method. With --compare.across methods it compares all methods of one model
/// instead: `method` is then the name of the model, and `models` are names of methods. With --compare.across depths
/// `models` are layers of models, as ComparedItem::label names them.
struct MethodComparison {
  std::string method;
  std::vector<std::string> models;  ///< the models that have maps, in the order of ComparisonResult::models
  /// For each entry of `models`, the index of its predictions in ComparisonResult::predictions.
  std::vector<std::size_t> prediction_rows;
  std::vector<MetricResult> metrics;
  Consensus consensus = {};  ///< on the root; empty without the metric cosine, and for less than two models
  std::vector<std::int64_t> map_sides = {};  ///< for each entry of `models`: pixels or cells per side of its stored
                                             ///< maps; 0 = none, as of superpixels
};

/// Mantel's test between two dissimilarity matrices, over the models that are in both.
struct MatrixTest {
  std::string method_a;
  std::string metric_a;
  std::string method_b;
  std::string metric_b;
  std::size_t models = 0;  ///< the number of models in both
  statistics::MantelTest test;
};

/// All results of the command `compare`. What is not said to be on every rank is on the root alone.
struct ComparisonResult {
  std::vector<std::string> models;           ///< names in tables, on every rank
  job::Across across = job::Across::models;  ///< --compare.across
  std::uint64_t images = 0;                  ///< number of images in the store, on every rank
  std::vector<std::int64_t> input_sizes;     ///< by model: pixels per side of its input
  Predictions predictions;                   ///< -1 = no good record, or no predicted class; on every rank
  std::vector<double> both_predicted;        ///< models x models: number of images of which both predict a class
  std::vector<double> same_predictions;      ///< models x models: number of images with the same prediction
  /// models x models, of the images with a label of which both predict a class.
  std::vector<statistics::RightAndWrong> right_and_wrong = {};
  std::vector<double> accuracy;           ///< by model, in [0, 1]; NaN without labels
  std::vector<MethodComparison> methods;  ///< on every rank
  std::vector<MatrixTest> matrix_tests = {};
};

}  // namespace sightline::stages

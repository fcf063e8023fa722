#pragma once

#include <filesystem>
#include <vector>

#include "job/job_config.hpp"
#include "stages/cluster/cluster_input.hpp"
#include "stages/cluster/item_groups.hpp"

namespace sightline::stages {

/// Root only. What explains the dissimilarities of the models' explanations? For each matrix of explanations in
/// `tables`, a multiple regression (statistics::matrix_regression) on other distances between the same models, and
/// Mantel's and partial Mantel's correlation with each. The distances, as far as they are known:
/// accuracy        difference of the shares of right predictions
/// predictions     share of the images for which the predictions differ
/// input_size      |log2| of the ratio of the sides of the models' inputs
/// map_size        |log2| of the ratio of the sides of the stored maps
/// group           0 within a group of `groups` and 1 between groups
/// representation  1 - CKA, the matrix representation_cka
/// architecture    Gower's distance (Biometrics 1971) of what the zoo knows of architectures: the mean of whether kind,
///                 family and patch size differ, each 0 or 1, and |log2| of the ratio of the numbers of parameters as a
///                 share of the largest such among the models
/// training        whether the data sets of training and pre-training differ, 0 or 1, by timm's ids
/// The last two are left out where there would be more than one distance for every two pairs of models; matrices of
/// layers are passed over.
/// Writes matrix_regression.csv to `folder`, with one row for each matrix and distance; nothing without such matrices.
/// The facts about models are read from the comparison.h5 that a matrix is of; matrices of CSV files are passed over.
void write_confounders(const job::JobConfig& config, const std::vector<ClusterTable>& tables, const ItemGroups& groups,
                       const std::filesystem::path& folder);

}  // namespace sightline::stages

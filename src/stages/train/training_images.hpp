#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "images/image_list.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// What a training learns from.
struct TrainingImages {
  images::ImageList train;
  images::ImageList val;             ///< may be empty
  std::vector<std::string> classes;  ///< names by class index
};

/// collective. Lists --train and --val; classes are the sub-folders of --train in sorted order, or those of --classes.
/// Throws base::Error(input) for an image without a class, a class without images, and fewer than two classes.
TrainingImages list_training_images(const comm::Communicator& ranks, const job::JobConfig& config);

}  // namespace sightline::stages

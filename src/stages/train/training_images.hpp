#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "images/image_list.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// The images of a training.
struct TrainingImages {
  images::ImageList train;           ///< the images of --train
  images::ImageList val;             ///< the images of --val; may be empty
  std::vector<std::string> classes;  ///< class names by class index
};

/// collective. Lists the images of --train and --val. The classes are those of --classes, or the sub-folders of --train
/// in sorted order; for a CSV file they are named by their numbers. Throws base::Error(input) for an image without a
/// class, a class without training images, fewer than two classes, and a list that cannot be read.
TrainingImages list_training_images(const comm::Communicator& ranks, const job::JobConfig& config);

}  // namespace sightline::stages

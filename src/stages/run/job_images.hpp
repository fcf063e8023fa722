#pragma once

#include "comm/communicator.hpp"
#include "images/image_list.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// collective. The images of the job, listed on the root and sent to all. Throws base::Error(input) for a folder or
/// list that cannot be read.
images::ImageList list_job_images(const comm::Communicator& ranks, const job::JobConfig& config);

/// collective. Sends the root's list to all ranks.
void share_list(const comm::Communicator& ranks, images::ImageList& list);

}  // namespace sightline::stages

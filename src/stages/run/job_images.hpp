#pragma once

#include "comm/communicator.hpp"
#include "images/image_list.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// collective. Lists the images of the job (--images, --shuffle, --limit) on the root and returns the list on every
/// rank. Throws base::Error(input) for a folder, list or class file that cannot be read.
images::ImageList list_job_images(const comm::Communicator& ranks, const job::JobConfig& config);

/// collective. Replaces `list` on every rank by the root's paths and labels; other ranks must pass an empty list.
void share_list(const comm::Communicator& ranks, images::ImageList& list);

}  // namespace sightline::stages

#pragma once

#include <filesystem>
#include <string>

#include "comm/communicator.hpp"
#include "images/image_list.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// collective. Opens the pictures that an option such as --images names: a folder, tar archives
/// (images::find_archives), or the folder of a CSV. The archives' index is kept in the output folder under the name
/// `index`; there is none when the pictures are not in archives. Throws base::Error(input) as images::find_archives and
/// index_archives do.
images::PictureSource open_pictures(const comm::Communicator& ranks, const job::JobConfig& config,
                                    const std::filesystem::path& where, const char* index);

/// collective. Opens the pictures of the job: those of --images.root, or else of --images. Throws base::Error(usage)
/// for
/// --images.root beside --images that is no file.
images::PictureSource open_job_pictures(const comm::Communicator& ranks, const job::JobConfig& config);

/// What --images.root, or else --images names.
const std::string& pictures_place(const job::JobConfig& config);

/// collective. Keeps the index of the archives that the job names, if any, for the scripts of analysis/. A warning says
/// why it cannot be made: then they show no pictures.
void keep_picture_index(const comm::Communicator& ranks, const job::JobConfig& config);

/// collective. Lists the images of the job (--images, --shuffle, --limit) on the root and returns the list on every
/// rank. Throws base::Error(input) for a folder, archive, list or class file that cannot be read.
images::ImageList list_job_images(const comm::Communicator& ranks, const job::JobConfig& config);

/// collective. Replaces the images of `list` on every rank by the root's; other ranks must pass a list without images,
/// of the same source.
void share_list(const comm::Communicator& ranks, images::ImageList& list);

}  // namespace sightline::stages

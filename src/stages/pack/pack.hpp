#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. The command pack: writes the images of --images, in their order, into the tar archives
/// OUTPUT/000000.tar, 000001.tar ... of at most --shard-size bytes of pictures (about as many with --resize, whose
/// sizes are estimated from 64 pictures), in WebDataset's layout: each picture under the name that images::packed_names
/// gives it, and before it a member with the ending .cls that holds its label, if it has one. The ranks share the
/// archives. An archive that is there already is kept, so that a job goes on where it was stopped.
///
/// Throws base::Error(usage) without --images or --output, and for a folder with other archives; Error(input) when an
/// image cannot be read (--on-bad-image fail); and base::Error as list_job_images and images::packed_names.
base::ExitCode pack(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages

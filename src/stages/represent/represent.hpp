#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. The command `represent`: how alike are the models' representations of the same images, which are the
/// inputs of their classifiers, or with --represent.depths the means of some blocks' outputs over the places? Writes
/// the features of a sample of the images (--represent.images) to representations.h5, which is resumed, and for every
/// measure a matrix of similarities and one of dissimilarities, 1 - similarity, to tables/. Prints an overview. Throws
/// base::Error(usage) for mistakes in the job and Error(input) for models whose features of all images are the same.
base::ExitCode represent(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages

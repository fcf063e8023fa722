#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "job/job_config.hpp"
#include "stages/compare/comparison_input.hpp"

namespace sightline::stages {

/// A run of --compare.repeats: it explains images of a comparison again, by another seed, with other weights or
/// perturbed.
class Repeat {
 public:
  /// Opens the run in `folder`, whose items are those of `input` that it has. Throws base::Error(input) when it is not
  /// a run of these models.
  Repeat(std::string folder, const ComparisonInput& input);

  const std::string& folder() const { return folder_; }
  const ComparisonInput& input() const { return input_; }
  /// The run's item that repeats an item of the comparison; nothing when it has none.
  std::optional<std::size_t> item(std::size_t item) const { return items_[item]; }
  /// The run's row of an image of the comparison; nothing when it has none.
  std::optional<std::uint64_t> row(std::uint64_t image) const { return rows_[image]; }
  /// What the run does otherwise than `original` for one of the run's items, by the facts that both stores say: the
  /// name of a perturbation, other transforms, "weights", "parameters" of the method, "seed" or "nothing".
  std::string difference(std::size_t item, const ComparisonInput& original) const;

 private:
  std::string folder_;
  ComparisonInput input_;
  std::vector<std::optional<std::size_t>> items_;
  std::vector<std::optional<std::uint64_t>> rows_;
};

/// collective. The runs of --compare.repeats. The root warns of what they lack. Throws base::Error(input) as Repeat,
/// and when there is no image that all of them have.
std::vector<Repeat> open_repeats(const comm::Communicator& ranks, const job::JobConfig& config,
                                 const ComparisonInput& input);

/// The images on which floor and ceiling of a similarity are measured: --compare.floor-images random ones (--seed) of
/// those that all repeats have, sorted. Throws base::Error(input) when there is no image that all of them have.
std::vector<std::uint64_t> image_sample(const job::JobConfig& config, const ComparisonInput& input,
                                        const std::vector<Repeat>& repeats);

}  // namespace sightline::stages

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <c10/core/Device.h>

#include "stages/explain/explainer.hpp"
#include "stages/explain/record_times.hpp"

namespace sightline::stages {

/// How long the records of a store took, as earlier jobs measured it: what makes the next job's work units and the
/// forecast of `plan` right from the start. The times of STORE.h5 are in STORE.costs.json; the file may be deleted.
class KeptCosts {
 public:
  /// Reads the times that belong to a store. Those of another device, number of threads or batch do not count, nor does
  /// a file that is no longer readable.
  KeptCosts(const std::filesystem::path& store, const ResolvedJob& job, c10::Device device, std::size_t batch);

  /// Replaces the estimates of a survey where times are known. `Survey::costs` grow or shrink with the sum of the
  /// model's records. Returns, by model, whether all its records' times are known.
  std::vector<bool> correct(Survey& survey) const;

  /// Adds what a job measured, summed over the ranks.
  void add(const RecordTimes& times);
  /// Throws base::Error(fault) when the file cannot be written.
  void write() const;

 private:
  struct Sum {
    std::int64_t images = 0;
    std::int64_t microseconds = 0;
  };
  std::filesystem::path file_;
  const ResolvedJob& job_;
  std::string circumstances_;
  std::map<std::string, Sum> sums_;  ///< by record_name
};

}  // namespace sightline::stages

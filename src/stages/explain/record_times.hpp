#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sightline::stages {

/// The time that a rank spent on records, by model and record: model * (1 + methods) + record, where record 0 is the
/// prediction and 1 + m the map of method m.
struct RecordTimes {
  RecordTimes(std::size_t models, std::size_t records_per_model)
      : records(records_per_model), images(models * records), microseconds(models * records) {}

  /// Adds the time in which one record of each of some images was made.
  void add(std::size_t model, std::size_t record, std::size_t image_count, double seconds);
  /// Adds the times of the same job's other units.
  void add(const RecordTimes& more);

  std::size_t records;                     ///< of a model
  std::vector<std::int64_t> images;        ///< how many images were explained
  std::vector<std::int64_t> microseconds;  ///< how long that took
};

}  // namespace sightline::stages

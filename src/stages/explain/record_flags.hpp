#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plan/work_units.hpp"

namespace sightline::stages {

/// A flag for each record of the job, set while something is to be done with the record, such as to compute or to
/// verify it: [model][record][image], where record 0 is the prediction and record 1 + m the map of method m.
class RecordFlags {
 public:
  /// All flags are set. `records`: 1 + the number of methods.
  RecordFlags(std::size_t models, std::size_t records, std::size_t images)
      : records_(records), images_(images), flags_(models * records * images, '1') {}

  bool at(std::size_t model, std::size_t record, std::size_t image) const {
    return flags_[index(model, record, image)] == '1';
  }
  /// Clears the flag of a record: there is nothing left to do.
  void clear(std::size_t model, std::size_t record, std::size_t image) { flags_[index(model, record, image)] = '0'; }
  /// Clears the flag for every image.
  void clear(std::size_t model, std::size_t record);
  /// Whether this record's flag is set for any image of the batch.
  bool any(std::size_t model, std::size_t record, const plan::Batch& batch) const;
  /// Whether the flag of any record of the model is set for any image of the batch.
  bool any(std::size_t model, const plan::Batch& batch) const;
  /// For each image, whether the flag of any record of these models is set.
  std::vector<bool> by_image(const std::vector<std::size_t>& models) const;
  /// The number of flags that are set, of all, or of one kind of one model.
  std::int64_t count() const;
  std::int64_t count(std::size_t model, std::size_t record) const;

  /// The flags as text of '0' and '1', to be sent from one rank to the others.
  const std::string& flags() const { return flags_; }
  void set_flags(std::string flags) { flags_ = std::move(flags); }

 private:
  std::size_t index(std::size_t model, std::size_t record, std::size_t image) const {
    return (model * records_ + record) * images_ + image;
  }

  std::size_t records_;
  std::size_t images_;
  std::string flags_;
};

}  // namespace sightline::stages

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plan/work_units.hpp"

namespace sightline::stages {

/// Which records of the job are still to be made: [model][0 = prediction, 1 + m = method m][image of the job].
class Missing {
 public:
  Missing(std::size_t models, std::size_t records, std::size_t images)
      : records_(records), images_(images), flags_(models * records * images, '1') {}

  bool at(std::size_t model, std::size_t record, std::size_t image) const {
    return flags_[index(model, record, image)] == '1';
  }
  void clear(std::size_t model, std::size_t record, std::size_t image) { flags_[index(model, record, image)] = '0'; }
  /// For all images.
  void clear(std::size_t model, std::size_t record);
  /// Whether this record of any of the images is missing for the model.
  bool any(std::size_t model, std::size_t record, const plan::Batch& batch) const;
  /// Whether anything of any of the images is missing for the model.
  bool any(std::size_t model, const plan::Batch& batch) const;
  /// By image: whether anything of these models is missing.
  std::vector<bool> by_image(const std::vector<std::size_t>& models) const;
  std::int64_t count() const;

  /// For transport between ranks.
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

#include "stages/explain/record_flags.hpp"

#include <algorithm>

namespace sightline::stages {

void RecordFlags::clear(std::size_t model, std::size_t record) {
  for (std::size_t image = 0; image < images_; ++image) {
    clear(model, record, image);
  }
}

bool RecordFlags::any(std::size_t model, std::size_t record, const plan::Batch& batch) const {
  for (std::size_t image = batch.first; image < batch.first + batch.count; ++image) {
    if (at(model, record, image)) {
      return true;
    }
  }
  return false;
}

bool RecordFlags::any(std::size_t model, const plan::Batch& batch) const {
  for (std::size_t record = 0; record < records_; ++record) {
    if (any(model, record, batch)) {
      return true;
    }
  }
  return false;
}

std::vector<bool> RecordFlags::by_image(const std::vector<std::size_t>& models) const {
  std::vector<bool> result(images_, false);
  for (const auto model : models) {
    for (std::size_t image = 0; image < images_; ++image) {
      result[image] = result[image] || any(model, {image, 1});
    }
  }
  return result;
}

std::int64_t RecordFlags::count() const {
  return std::count(flags_.begin(), flags_.end(), '1');
}

std::int64_t RecordFlags::count(std::size_t model, std::size_t record) const {
  const auto first = flags_.begin() + static_cast<std::ptrdiff_t>(index(model, record, 0));
  return std::count(first, first + static_cast<std::ptrdiff_t>(images_), '1');
}

}  // namespace sightline::stages

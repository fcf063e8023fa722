#include "stages/explain/missing.hpp"

#include <algorithm>

namespace sightline::stages {

void MissingRecords::clear(std::size_t model, std::size_t record) {
  for (std::size_t image = 0; image < images_; ++image) {
    clear(model, record, image);
  }
}

bool MissingRecords::any(std::size_t model, std::size_t record, const plan::Batch& batch) const {
  for (std::size_t image = batch.first; image < batch.first + batch.count; ++image) {
    if (at(model, record, image)) {
      return true;
    }
  }
  return false;
}

bool MissingRecords::any(std::size_t model, const plan::Batch& batch) const {
  for (std::size_t record = 0; record < records_; ++record) {
    if (any(model, record, batch)) {
      return true;
    }
  }
  return false;
}

std::vector<bool> MissingRecords::by_image(const std::vector<std::size_t>& models) const {
  std::vector<bool> result(images_, false);
  for (const auto model : models) {
    for (std::size_t image = 0; image < images_; ++image) {
      result[image] = result[image] || any(model, {image, 1});
    }
  }
  return result;
}

std::int64_t MissingRecords::count() const {
  return std::count(flags_.begin(), flags_.end(), '1');
}

}  // namespace sightline::stages

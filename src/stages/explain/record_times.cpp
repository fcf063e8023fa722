#include "stages/explain/record_times.hpp"

#include <cmath>

namespace sightline::stages {

void RecordTimes::add(std::size_t model, std::size_t record, std::size_t image_count, double seconds) {
  images[model * records + record] += static_cast<std::int64_t>(image_count);
  microseconds[model * records + record] += std::llround(seconds * 1e6);
}

void RecordTimes::add(const RecordTimes& more) {
  for (std::size_t i = 0; i < images.size(); ++i) {
    images[i] += more.images[i];
    microseconds[i] += more.microseconds[i];
  }
}

}  // namespace sightline::stages

#include "stages/run/memory_use.hpp"

#include <sys/resource.h>

namespace sightline::stages {

std::uint64_t peak_memory() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  return static_cast<std::uint64_t>(use.ru_maxrss) * 1024;
}

}  // namespace sightline::stages

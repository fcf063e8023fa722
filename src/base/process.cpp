#include "base/process.hpp"

#include <array>
#include <cstdlib>
#include <sched.h>
#include <unistd.h>

namespace sightline::base {

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

int available_cores() {
  cpu_set_t cores;
  return ::sched_getaffinity(0, sizeof(cores), &cores) == 0 ? CPU_COUNT(&cores) : 1;
}

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string local_time(std::time_t seconds) {
  std::array<char, 32> text{};
  std::tm local{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", localtime_r(&seconds, &local));
  return text.data();
}

}  // namespace sightline::base

#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace sightline::base {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = spdlog::stderr_logger_mt("sightline");
    made->set_pattern("sightline: %v");
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *instance;
}

}  // namespace

void log_init(int rank, int ranks) {
  logger().set_level(rank == 0 ? spdlog::level::info : spdlog::level::warn);
  if (ranks > 1) {
    logger().set_pattern(fmt::format("sightline [rank {}]: %v", rank));
  }
}

void log_info(const std::string& message) {
  logger().info(message);
}

void log_warning(const std::string& message) {
  logger().warn("warning: {}", message);
}

void log_error(const std::string& message) {
  logger().error("error: {}", message);
}

}  // namespace sightline::base

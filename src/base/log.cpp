#include "base/log.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/error.hpp"

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

spdlog::sinks::sink& standard_error() {
  return *logger().sinks().front();
}

}  // namespace

void log_init(int rank, int ranks) {
  standard_error().set_level(rank == 0 ? spdlog::level::info : spdlog::level::warn);
  if (ranks > 1) {
    standard_error().set_pattern(fmt::format("sightline [rank {}]: %v", rank));
  }
}

void log_to_file(const std::string& path, int rank) {
  if (path.empty()) {
    return;
  }
  try {
    auto file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(fmt::format("{}.{}", path, rank));
    file->set_pattern("%Y-%m-%d %H:%M:%S.%e %v");
    logger().sinks().push_back(std::move(file));
  } catch (const spdlog::spdlog_ex& error) {
    throw fault("--log-file: {}", error.what());
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

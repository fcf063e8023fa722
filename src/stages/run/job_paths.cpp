#include "stages/run/job_paths.hpp"

#include <fmt/format.h>

#include "store/schema.hpp"

namespace sightline::stages {

std::filesystem::path explanations_file(const job::JobConfig& config) {
  const std::filesystem::path folder =
      config.compare.explanations.empty() ? config.output : config.compare.explanations;
  return folder / store::schema::file_name;
}

std::filesystem::path part_folder(const job::JobConfig& config) {
  const std::filesystem::path output = config.output;
  return config.explain.part.count == 1
             ? output
             : output / "parts" / fmt::format("{}-of-{}", config.explain.part.number, config.explain.part.count);
}

}  // namespace sightline::stages

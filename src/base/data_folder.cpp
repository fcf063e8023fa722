#include "base/data_folder.hpp"

#include <vector>

#include "base/error.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace sightline::base {
namespace {

namespace fs = std::filesystem;

bool holds_data(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "analysis", ignored) && fs::is_directory(folder / "jobs", ignored);
}

}  // namespace

fs::path find_data_folder(const fs::path& program, const std::string& named) {
  if (!named.empty()) {
    if (!holds_data(named)) {
      throw input_error(
          "SIGHTLINE_DATA: {}: has no analysis/ and jobs/; set it to PREFIX/share/sightline or to Sightline's source "
          "tree",
          named);
    }
    return named;
  }
  const auto beside = program.parent_path();
  std::vector<fs::path> places = {beside.parent_path() / "share/sightline"};
  for (auto above = beside.parent_path(); above.has_relative_path(); above = above.parent_path()) {
    places.push_back(above);
  }
  std::vector<std::string> tried;
  for (const auto& place : places) {
    if (holds_data(place)) {
      return place;
    }
    tried.push_back(place.string());
  }
  throw input_error("Sightline's analysis/ and jobs/ are in none of {}; set SIGHTLINE_DATA to PREFIX/share/sightline",
                    join(tried, ", "));
}

fs::path data_folder() {
  return find_data_folder(fs::read_symlink("/proc/self/exe"), environment_variable("SIGHTLINE_DATA"));
}

std::string python_program() {
  auto named = environment_variable("SIGHTLINE_PYTHON");
  if (!named.empty()) {
    return named;
  }
  const auto own = data_folder() / ".deps/python/bin/python";
  return fs::exists(own) ? own.string() : "python3";
}

std::string shown_path(const std::string& name) {
  try {
    return (data_folder() / name).string();
  } catch (const Error&) {
    return name;
  }
}

std::string script_command(const std::string& script) {
  try {
    return python_program() + " " + shown_path(script);
  } catch (const Error&) {
    return "python3 " + script;
  }
}

}  // namespace sightline::base

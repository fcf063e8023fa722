#include <algorithm>
#include <filesystem>

#include "app/command.hpp"
#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "clustering/linkage.hpp"

namespace sightline::app {
namespace {

namespace fs = std::filesystem;

/// dissimilarity_matrix_gradcam_cosine.csv -> gradcam_cosine; any other name stays.
std::string table_name(const fs::path& matrix) {
  const auto stem = matrix.stem().string();
  const std::string prefix = "dissimilarity_matrix_";
  return stem.rfind(prefix, 0) == 0 ? stem.substr(prefix.size()) : stem;
}

std::vector<fs::path> matrices_of(const fs::path& output) {
  const auto tables = output / "tables";
  std::vector<fs::path> files;
  if (fs::is_directory(tables)) {
    for (const auto& item : fs::directory_iterator(tables)) {
      if (item.path().filename().string().rfind("dissimilarity_matrix_", 0) == 0 && item.path().extension() == ".csv") {
        files.push_back(item.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    throw base::input_error("{}: holds no dissimilarity_matrix_*.csv. Run 'sightline compare' first.", tables.string());
  }
  return files;
}

void cluster_matrix(const fs::path& matrix_file, const fs::path& folder, const std::string& method) {
  const auto matrix = base::read_matrix_csv(matrix_file);
  const auto tree = clustering::linkage(matrix.values, matrix.names.size(), method);
  std::string linkage = "left,right,height,items\n";
  for (const auto& merge : tree) {
    linkage += fmt::format("{},{},{},{}\n", merge.left, merge.right, base::python_number(merge.height), merge.items);
  }
  std::string leaves = "position,item,name\n";
  const auto order =
      matrix.names.size() > 1 ? clustering::leaf_order(tree, matrix.names.size()) : std::vector<std::size_t>{0};
  for (std::size_t position = 0; position < order.size(); ++position) {
    leaves +=
        base::csv_line({std::to_string(position), std::to_string(order[position]), matrix.names[order[position]]}) +
        "\n";
  }
  const auto name = table_name(matrix_file) + "_" + method + ".csv";
  base::write_text(folder / ("linkage_" + name), linkage);
  base::write_text(folder / ("leaves_" + name), leaves);
}

}  // namespace

base::ExitCode cluster(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  const auto& config = parsed.job;
  if (config.output.empty() && parsed.positionals.empty()) {
    throw base::usage_error("cluster: name a matrix (CSV), or --output with tables of 'sightline compare'");
  }
  ranks.together([&] {
    if (!ranks.is_root()) {
      return;
    }
    std::vector<fs::path> files(parsed.positionals.begin(), parsed.positionals.end());
    if (files.empty()) {
      files = matrices_of(config.output);
    }
    for (const auto& file : files) {
      const auto folder = config.output.empty() ? file.parent_path() : fs::path(config.output) / "tables";
      if (!folder.empty()) {
        base::make_writable_folder(folder);
      }
      cluster_matrix(file, folder, config.linkage);
    }
    base::log_info(fmt::format("cluster: {} linkage of {} matrices", config.linkage, files.size()));
  });
  return base::ExitCode::done;
}

}  // namespace sightline::app

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>

#include "app/command.hpp"
#include "app/output_claim.hpp"
#include "app/run_record.hpp"
#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "clustering/linkage.hpp"
#include "store/hdf5.hpp"

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

struct NamedTable {
  std::string name;
  base::NamedMatrix matrix;
};

/// Every dissimilarity matrix of a comparison.h5.
std::vector<NamedTable> matrices_in(const fs::path& comparison) {
  const auto file = store::File::open_to_read(comparison);
  std::vector<NamedTable> tables;
  for (const auto& method : file.list("/")) {
    if (method == "models" || method == "pairs" || method == "agreement") {
      continue;
    }
    const auto models = file.dataset("/" + method + "/models").read_strings();
    for (const auto& metric : file.list("/" + method)) {
      if (metric == "models") {
        continue;
      }
      for (const auto& [dataset, suffix] :
           {std::pair("dissimilarity_all", ""), std::pair("dissimilarity_matching", "_matching")}) {
        tables.push_back({fmt::format("{}_{}{}", method, metric, suffix),
                          {models, file.dataset(fmt::format("/{}/{}/{}", method, metric, dataset)).read<double>()}});
      }
    }
  }
  return tables;
}

std::vector<NamedTable> read_tables(const fs::path& file) {
  if (file.extension() == ".h5") {
    return matrices_in(file);
  }
  return {{table_name(file), base::read_matrix_csv(file)}};
}

void write_tree(const NamedTable& table, const fs::path& folder, const std::string& method) {
  const auto& names = table.matrix.names;
  const auto tree = clustering::linkage(table.matrix.values, names.size(), method);
  std::string linkage = "left,right,height,items\n";
  for (const auto& merge : tree) {
    linkage += fmt::format("{},{},{},{}\n", merge.left, merge.right, base::python_number(merge.height), merge.items);
  }
  std::string leaves = "position,item,name\n";
  const auto order = names.size() > 1 ? clustering::leaf_order(tree, names.size()) : std::vector<std::size_t>{0};
  for (std::size_t position = 0; position < order.size(); ++position) {
    leaves +=
        base::csv_line({std::to_string(position), std::to_string(order[position]), names[order[position]]}) + "\n";
  }
  const auto name = fmt::format("{}_{}.csv", table.name, method);
  base::write_text(folder / ("linkage_" + name), linkage);
  base::write_text(folder / ("leaves_" + name), leaves);
}

}  // namespace

base::ExitCode cluster(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  const auto& config = parsed.job;
  if (config.output.empty() && parsed.positionals.empty()) {
    throw base::usage_error("cluster: name a matrix (CSV), or --output with tables of 'sightline compare'");
  }
  std::vector<fs::path> files(parsed.positionals.begin(), parsed.positionals.end());
  ranks.together([&] {
    if (files.empty()) {
      files = matrices_of(config.output);
    }
  });
  std::optional<OutputClaim> claim;
  if (!config.output.empty()) {
    claim.emplace(ranks, config.output, "cluster");
  }
  ranks.together([&] {
    if (!ranks.is_root()) {
      return;
    }
    const auto start = std::chrono::steady_clock::now();
    for (const auto& file : files) {
      const auto folder = config.output.empty() ? file.parent_path() : fs::path(config.output) / "tables";
      if (!folder.empty()) {
        base::make_writable_folder(folder);
      }
      for (const auto& table : read_tables(file)) {
        write_tree(table, folder, config.linkage);
      }
    }
    if (!config.output.empty()) {
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      record_stage(config.output, parsed, ranks, {}, "cluster", {{"seconds", seconds}});
    }
    base::log_info(fmt::format("cluster: {} linkage of {} files", config.linkage, files.size()));
  });
  return base::ExitCode::done;
}

}  // namespace sightline::app

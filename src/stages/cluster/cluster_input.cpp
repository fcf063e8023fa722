#include "stages/cluster/cluster_input.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "clustering/matrix_check.hpp"
#include "store/hdf5.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;
using clustering::Numbers;

constexpr const char* dissimilarity_prefix = "dissimilarity_matrix_";

/// The name of the tables of a matrix: gradcam_cosine for dissimilarity_matrix_gradcam_cosine.csv; for other files, the
/// file name without its extension.
std::string table_name(const fs::path& matrix) {
  const auto stem = matrix.stem().string();
  return stem.rfind(dissimilarity_prefix, 0) == 0 ? stem.substr(std::string(dissimilarity_prefix).size()) : stem;
}

/// Whether a CSV file holds similarities, by --cluster.kind or else by its name.
bool holds_similarities(const job::JobConfig& config, const fs::path& file) {
  if (config.cluster.matrix_kind != job::MatrixKind::automatic) {
    return config.cluster.matrix_kind == job::MatrixKind::similarity;
  }
  const auto name = file.filename().string();
  return name.find("dissimilarity") == std::string::npos &&
         (name.find("similarity") != std::string::npos || name.find("kappa") != std::string::npos);
}

ClusterTable read_csv_table(const job::JobConfig& config, const fs::path& file) {
  ClusterTable table{table_name(file), base::read_matrix_csv(file)};
  const bool similar = holds_similarities(config, file);
  const auto numbers = similar ? Numbers::similarities : Numbers::dissimilarities;
  clustering::check_matrix(table.matrix, numbers, file.string());
  clustering::check_diagonal(table.matrix, numbers, file.string());
  if (similar) {
    for (auto& value : table.matrix.values) {
      value = 1.0 - value;
    }
  }
  return table;
}

/// Reads the matrices of a comparison.h5.
class ComparisonFile {
 public:
  explicit ComparisonFile(const fs::path& file) : file_(store::File::open_to_read(file)) {}

  std::vector<ClusterTable> tables() const {
    std::vector<ClusterTable> tables;
    for (const auto& method : file_.list("/")) {
      if (method == "agreement" || !file_.exists("/" + method + "/models")) {
        continue;
      }
      for (const auto& metric : file_.list("/" + method)) {
        if (metric != "models" && metric != "prediction_rows" && metric != "map_side") {
          tables.push_back(table(method, metric, "all"));
          tables.push_back(table(method, metric, "matching"));
        }
      }
    }
    if (tables.empty()) {
      throw base::input_error("{}: holds no comparison. Run 'sightline compare' first.", file_.path().string());
    }
    return tables;
  }

 private:
  ClusterTable table(const std::string& method, const std::string& metric, const std::string& which) const {
    const auto models = file_.dataset("/" + method + "/models").read_strings();
    const auto group = "/" + method + "/" + metric;
    ClusterTable table{fmt::format("{}_{}{}", method, metric, which == "all" ? "" : "_" + which),
                       {models, file_.dataset(group + "/dissimilarity_" + which).read<double>()}};
    // The diagonal is not checked: the kind of the numbers is known, and missing maps can make an item look more like
    // another one than like itself.
    clustering::check_matrix(table.matrix, Numbers::dissimilarities,
                             fmt::format("{}:{}/dissimilarity_{}", file_.path().string(), group, which));
    table.similarities = {file_.path().string(), method, metric, which == "matching"};
    return table;
  }

  store::File file_;
};

/// The files with the results of `compare` and `represent` in the output folder.
std::vector<fs::path> files_of(const fs::path& output) {
  const bool compared = fs::exists(output / "comparison.h5");
  const auto prefix = std::string(dissimilarity_prefix) + (compared ? "representation_" : "");
  const auto tables = output / "tables";
  std::vector<fs::path> files;
  if (base::is_folder(tables)) {
    for (const auto& item : fs::directory_iterator(tables)) {
      const auto name = item.path().filename().string();
      if (name.rfind(prefix, 0) == 0 && item.path().extension() == ".csv") {
        files.push_back(item.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  if (compared) {
    files.insert(files.begin(), output / "comparison.h5");
  }
  if (files.empty()) {
    throw base::input_error(
        "{}: holds neither comparison.h5 nor tables/dissimilarity_matrix_*.csv. Run 'sightline "
        "compare' first.",
        output.string());
  }
  return files;
}

/// Throws base::Error(usage) when two matrices have one name: the tables of one would replace those of the other.
void check_names(const std::vector<ClusterTable>& tables) {
  std::set<std::string> names;
  for (const auto& table : tables) {
    if (!names.insert(table.name).second) {
      throw base::usage_error(
          "cluster: two matrices are called '{}', so that their tables would have the same names; cluster them one by "
          "one, each with an --output of its own, or rename a file",
          table.name);
    }
  }
}

}  // namespace

std::vector<ClusterTable> read_cluster_tables(const job::JobConfig& config, const std::vector<fs::path>& files) {
  std::vector<ClusterTable> tables;
  for (const auto& file : files.empty() ? files_of(config.output) : files) {
    if (file.extension() == ".h5") {
      const auto read = ComparisonFile(file).tables();
      tables.insert(tables.end(), read.begin(), read.end());
    } else {
      tables.push_back(read_csv_table(config, file));
    }
  }
  check_names(tables);
  return tables;
}

}  // namespace sightline::stages

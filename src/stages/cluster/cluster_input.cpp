#include "stages/cluster/cluster_input.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "comparison/pair_statistics.hpp"
#include "statistics/bootstrap.hpp"
#include "store/hdf5.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;
using comparison::pair_index;

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
  if (holds_similarities(config, file)) {
    for (auto& value : table.matrix.values) {
      value = 1.0 - value;
    }
  }
  return table;
}

/// A square matrix, row-major, for each row of `pairs` (replicates x pairs).
std::vector<std::vector<double>> squares(const Eigen::MatrixXd& pairs, std::size_t models) {
  std::vector<std::vector<double>> all;
  for (Eigen::Index r = 0; r < pairs.rows(); ++r) {
    std::vector<double> matrix(models * models);
    for (std::size_t a = 0; a < models; ++a) {
      for (std::size_t b = a; b < models; ++b) {
        matrix[a * models + b] = matrix[b * models + a] = pairs(r, static_cast<Eigen::Index>(pair_index(a, b, models)));
      }
    }
    all.push_back(std::move(matrix));
  }
  return all;
}

/// Reads the matrices of a comparison.h5.
class ComparisonFile {
 public:
  ComparisonFile(const fs::path& file, const job::JobConfig& config)
      : config_(config), file_(store::File::open_to_read(file)) {}

  std::vector<ClusterTable> tables() const {
    std::vector<ClusterTable> tables;
    for (const auto& method : file_.list("/")) {
      if (method == "agreement" || !file_.exists("/" + method + "/models")) {
        continue;
      }
      for (const auto& metric : file_.list("/" + method)) {
        if (metric != "models" && metric != "prediction_rows") {
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
    if (config_.cluster.resamples > 0) {
      auto per_image = file_.dataset(group + "/per_image").read<float>();
      if (which == "matching") {
        comparison::keep_matching(per_image, predictions(method));
      }
      const auto pairs = comparison::pair_count(models.size());
      const auto resampled = statistics::resample({per_image, pairs, per_image.size() / pairs},
                                                  static_cast<std::size_t>(config_.cluster.resamples), config_.seed);
      table.resampled = squares(resampled.dissimilarity, models.size());
    }
    return table;
  }

  /// The predictions of the models that the method has maps of, in the order of its matrices.
  std::vector<std::vector<std::int32_t>> predictions(const std::string& method) const {
    const auto dataset = file_.dataset("/predictions");
    std::vector<std::vector<std::int32_t>> chosen;
    for (const auto row : file_.dataset("/" + method + "/prediction_rows").read<std::int64_t>()) {
      chosen.push_back(dataset.read_rows<std::int32_t>(static_cast<std::uint64_t>(row), 1));
    }
    return chosen;
  }

  const job::JobConfig& config_;
  store::File file_;
};

/// The files with the results of `compare` in the output folder.
std::vector<fs::path> files_of(const fs::path& output) {
  if (fs::exists(output / "comparison.h5")) {
    return {output / "comparison.h5"};
  }
  const auto tables = output / "tables";
  std::vector<fs::path> files;
  if (base::is_folder(tables)) {
    for (const auto& item : fs::directory_iterator(tables)) {
      const auto name = item.path().filename().string();
      if (name.rfind(dissimilarity_prefix, 0) == 0 && item.path().extension() == ".csv") {
        files.push_back(item.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    throw base::input_error(
        "{}: holds neither comparison.h5 nor tables/dissimilarity_matrix_*.csv. Run 'sightline "
        "compare' first.",
        output.string());
  }
  return files;
}

}  // namespace

std::vector<ClusterTable> read_cluster_tables(const job::JobConfig& config, const std::vector<fs::path>& files) {
  std::vector<ClusterTable> tables;
  for (const auto& file : files.empty() ? files_of(config.output) : files) {
    if (file.extension() == ".h5") {
      const auto read = ComparisonFile(file, config).tables();
      tables.insert(tables.end(), read.begin(), read.end());
    } else {
      tables.push_back(read_csv_table(config, file));
    }
  }
  return tables;
}

}  // namespace sightline::stages

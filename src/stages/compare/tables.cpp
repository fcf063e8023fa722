#include "stages/compare/tables.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "store/hdf5.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

void write_matrix(store::File& file, const std::string& path, const std::vector<double>& values, std::uint64_t models) {
  file.create_dataset(path, H5T_IEEE_F64LE, {models, models}, true);
  file.dataset(path).write_rows(0, models, values.data());
}

/// Writes the models of every pair, pairs x 2 indices.
void write_pairs(store::File& file, std::size_t models) {
  std::vector<std::int32_t> pairs;
  for (std::size_t a = 0; a < models; ++a) {
    for (std::size_t b = a; b < models; ++b) {
      pairs.insert(pairs.end(), {static_cast<std::int32_t>(a), static_cast<std::int32_t>(b)});
    }
  }
  file.create_dataset("/pairs", H5T_STD_I32LE, {pairs.size() / 2, 2}, true);
  file.dataset("/pairs").write_rows(0, pairs.size() / 2, pairs.data());
}

/// Writes values by pair as a symmetric matrix.
void write_limits(store::File& file, const std::string& path, const std::vector<double>& by_pair,
                  std::uint64_t models) {
  std::vector<double> matrix(models * models);
  for (std::size_t a = 0; a < models; ++a) {
    for (std::size_t b = a; b < models; ++b) {
      matrix[a * models + b] = matrix[b * models + a] = by_pair[comparison::pair_index(a, b, models)];
    }
  }
  write_matrix(file, path, matrix, models);
}

void write_table(store::File& file, const std::string& group, const std::string& suffix, const PairTable& table,
                 std::uint64_t models) {
  write_matrix(file, group + "mean" + suffix, table.matrices.mean, models);
  write_matrix(file, group + "std" + suffix, table.matrices.deviation, models);
  write_matrix(file, group + "dissimilarity" + suffix, table.matrices.dissimilarity, models);
  if (table.mean && table.dissimilarity) {
    write_limits(file, group + "mean_low" + suffix, table.mean->low, models);
    write_limits(file, group + "mean_high" + suffix, table.mean->high, models);
    write_limits(file, group + "dissimilarity_low" + suffix, table.dissimilarity->low, models);
    write_limits(file, group + "dissimilarity_high" + suffix, table.dissimilarity->high, models);
  }
}

/// As in --compare.across.
std::string name_of(job::Across across) {
  switch (across) {
    case job::Across::models:
      return "models";
    case job::Across::methods:
      return "methods";
    case job::Across::depths:
      return "depths";
  }
  return "";
}

/// The path of a metric's similarities of each image.
std::string per_image_path(const MethodComparison& method, const MetricResult& metric) {
  return fmt::format("/{}/{}/per_image", method.method, metric.metric);
}

/// Root only. Creates comparison.h5 with everything but the similarities of each image, for which there is space.
void create_hdf5(const fs::path& path, const ComparisonResult& result) {
  auto file = store::File::create(path);
  file.set_attribute("/", "format", std::string("sightline-comparison"));
  file.set_attribute("/", "version", std::int64_t{1});
  file.set_attribute("/", "across", name_of(result.across));
  file.create_strings("/models", result.models);
  write_pairs(file, result.models.size());
  write_matrix(file, "/agreement/same_predictions_count", result.same_predictions, result.models.size());
  file.create_dataset("/accuracy", H5T_IEEE_F64LE, {result.models.size()}, true);
  file.dataset("/accuracy").write_rows(0, result.models.size(), result.accuracy.data());
  file.create_dataset("/input_size", H5T_STD_I64LE, {result.models.size()}, true);
  file.dataset("/input_size").write_rows(0, result.models.size(), result.input_sizes.data());
  file.create_dataset("/predictions", H5T_STD_I32LE, {result.models.size(), result.images}, true);
  for (std::size_t m = 0; m < result.models.size(); ++m) {
    file.dataset("/predictions").write_rows(m, 1, result.predictions[m].data());
  }
  for (const auto& method : result.methods) {
    const auto models = method.models.size();
    file.create_strings("/" + method.method + "/models", method.models);
    const std::vector<std::int64_t> rows(method.prediction_rows.begin(), method.prediction_rows.end());
    file.create_dataset("/" + method.method + "/prediction_rows", H5T_STD_I64LE, {rows.size()}, true);
    file.dataset("/" + method.method + "/prediction_rows").write_rows(0, rows.size(), rows.data());
    if (!method.map_sides.empty()) {
      file.create_dataset("/" + method.method + "/map_side", H5T_STD_I64LE, {rows.size()}, true);
      file.dataset("/" + method.method + "/map_side").write_rows(0, rows.size(), method.map_sides.data());
    }
    for (const auto& metric : method.metrics) {
      const auto group = "/" + method.method + "/" + metric.metric + "/";
      write_table(file, group, "_all", metric.all, models);
      write_table(file, group, "_matching", metric.matching, models);
      file.create_dataset(per_image_path(method, metric), H5T_IEEE_F32LE,
                          {comparison::pair_count(models), result.images}, true);
    }
  }
  file.close();
}

/// collective. Every rank writes the similarities of its pairs.
void write_similarities(const comm::Communicator& ranks, const fs::path& path, const ComparisonResult& result) {
  std::optional<store::File> file;
  ranks.all_or_throw([&] { file.emplace(store::File::open_parallel(path, ranks)); });
  ranks.all_or_throw([&] {
    for (const auto& method : result.methods) {
      for (const auto& metric : method.metrics) {
        file->dataset(per_image_path(method, metric))
            .write_rows(metric.own.first, metric.own.count, metric.per_image.data());
      }
    }
    file->flush();
  });
}

/// Removes the tables of an earlier comparison and of the clustering of its matrices, which would be taken for current
/// ones beside the new tables.
void remove_old_tables(const fs::path& tables) {
  static const std::vector<std::string> prefixes = {"similarity_matrix_",
                                                    "similarity_floor_",
                                                    "similarity_ceiling_",
                                                    "similarity_share_",
                                                    "floor_",
                                                    "ceiling_",
                                                    "group_",
                                                    "matrix_regression",
                                                    "item_groups",
                                                    "dissimilarity_matrix_",
                                                    "cohens_kappa_matrix_",
                                                    "pairs_",
                                                    "cell_differences_",
                                                    "image_count_",
                                                    "images_needed",
                                                    "reliability",
                                                    "consensus_",
                                                    "disagreement_correlation",
                                                    "error_consistency",
                                                    "mantel",
                                                    "agreement",
                                                    "linkage_",
                                                    "leaves_",
                                                    "optimal_leaves_",
                                                    "flat_clusters_",
                                                    "communities_",
                                                    "community_quality_",
                                                    "pca_",
                                                    "mds_"};
  for (const auto& item : fs::directory_iterator(tables)) {
    const auto name = item.path().filename().string();
    const bool ours = std::any_of(prefixes.begin(), prefixes.end(),
                                  [&](const std::string& prefix) { return name.rfind(prefix, 0) == 0; });
    const bool of_represent = name.find("_matrix_representation_") != std::string::npos;  // by another command
    if (ours && !of_represent && item.path().extension() == ".csv") {
      fs::remove(item.path());
    }
  }
}

/// Root only. Writes the matrices and accuracies in the place of those of an earlier comparison.
void write_matrices(const fs::path& tables, const ComparisonResult& result) {
  base::make_writable_folder(tables);
  remove_old_tables(tables);
  std::vector<std::string> names = result.models;
  const auto write = [&](const std::string& name, const std::vector<double>& values) {
    base::write_text(tables / (name + ".csv"), base::matrix_csv({names, values}));
  };
  write("same_predictions_count", result.same_predictions);
  for (const auto& method : result.methods) {
    names = method.models;
    for (const auto& metric : method.metrics) {
      const auto name = "_matrix_" + method.method + "_" + metric.metric;
      write("similarity" + name, metric.all.matrices.mean);
      write("similarity" + name + "_matching", metric.matching.matrices.mean);
      write("dissimilarity" + name, metric.all.matrices.dissimilarity);
      write("dissimilarity" + name + "_matching", metric.matching.matrices.dissimilarity);
      if (!metric.pooled.empty()) {
        write("cohens_kappa" + name, metric.pooled);
      }
    }
  }
  std::string accuracy = "model,accuracy\n";
  for (std::size_t m = 0; m < result.models.size(); ++m) {
    accuracy += base::csv_line({result.models[m], base::python_number(result.accuracy[m])}) + "\n";
  }
  base::write_text(tables / "accuracy.csv", accuracy);
}

}  // namespace

void write_comparison(const comm::Communicator& ranks, const fs::path& output, const ComparisonResult& result) {
  const auto aside = output / "comparison.h5.partial";
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      create_hdf5(aside, result);
    }
  });
  write_similarities(ranks, aside, result);
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      fs::rename(aside, output / "comparison.h5");
      write_matrices(output / "tables", result);
    }
  });
}
std::string pretty_matrix(const base::NamedMatrix& matrix) {
  std::size_t width = 7;
  for (const auto& name : matrix.names) {
    width = std::max(width, name.size());
  }
  std::string text(width, ' ');
  for (const auto& name : matrix.names) {
    text += fmt::format("  {:>{}}", name, width);
  }
  for (std::size_t row = 0; row < matrix.names.size(); ++row) {
    text += fmt::format("\n{:<{}}", matrix.names[row], width);
    for (std::size_t column = 0; column < matrix.names.size(); ++column) {
      text += fmt::format("  {:>{}.4f}", matrix.at(row, column), width);
    }
  }
  return text + "\n";
}

}  // namespace sightline::stages

#include "stages/cluster/confounders.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/nan.hpp"
#include "base/text.hpp"
#include "models/zoo/model_facts.hpp"
#include "models/zoo/registry.hpp"
#include "statistics/mantel.hpp"
#include "statistics/matrix_regression.hpp"
#include "statistics/statistics.hpp"
#include "store/hdf5.hpp"

namespace sightline::stages {
namespace {

using base::python_number;

constexpr auto representation = "representation_cka";

/// A distance of every two models, row-major; not finite where it is unknown.
struct Distance {
  std::string name;
  std::vector<double> cells;
};

template <typename Between>
std::vector<double> distances(std::size_t items, const Between& between) {
  std::vector<double> cells(items * items, 0.0);
  for (std::size_t a = 0; a < items; ++a) {
    for (std::size_t b = a + 1; b < items; ++b) {
      cells[a * items + b] = cells[b * items + a] = between(a, b);
    }
  }
  return cells;
}

/// What comparison.h5 says of the models.
class MeasuredFacts {
 public:
  explicit MeasuredFacts(const std::string& file) : file_(store::File::open_to_read(file)) {
    const auto names = file_.dataset("/models").read_strings();
    const auto accuracy = file_.exists("/accuracy") ? file_.dataset("/accuracy").read<double>() : std::vector<double>();
    const auto sizes =
        file_.exists("/input_size") ? file_.dataset("/input_size").read<std::int64_t>() : std::vector<std::int64_t>();
    const auto predictions = file_.dataset("/predictions");
    for (std::size_t model = 0; model < names.size(); ++model) {
      accuracy_[names[model]] = accuracy.empty() ? base::nan : accuracy[model];
      input_size_[names[model]] = sizes.empty() ? base::nan : static_cast<double>(sizes[model]);
      predictions_[names[model]] = predictions.read_rows<std::int32_t>(model, 1);
    }
  }

  double accuracy(const std::string& model) const { return value(accuracy_, model); }
  double input_size(const std::string& model) const { return value(input_size_, model); }

  /// The sides of the stored maps of a method by model; NaN where there is none.
  std::map<std::string, double> map_sides(const std::string& method) const {
    std::map<std::string, double> sides;
    if (file_.exists("/" + method + "/map_side")) {
      const auto names = file_.dataset("/" + method + "/models").read_strings();
      const auto stored = file_.dataset("/" + method + "/map_side").read<std::int64_t>();
      for (std::size_t model = 0; model < names.size(); ++model) {
        sides[names[model]] = stored[model] > 0 ? static_cast<double>(stored[model]) : base::nan;
      }
    }
    return sides;
  }

  /// The share of the images for which two models predict different classes; NaN without images.
  double different_predictions(const std::string& a, const std::string& b) const {
    const auto first = predictions_.find(a);
    const auto second = predictions_.find(b);
    if (first == predictions_.end() || second == predictions_.end()) {
      return base::nan;
    }
    double images = 0.0;
    double different = 0.0;
    for (std::size_t image = 0; image < first->second.size(); ++image) {
      const bool both = first->second[image] >= 0 && second->second[image] >= 0;
      images += both ? 1.0 : 0.0;
      different += both && first->second[image] != second->second[image] ? 1.0 : 0.0;
    }
    return different / images;
  }

  static double value(const std::map<std::string, double>& values, const std::string& model) {
    const auto found = values.find(model);
    return found == values.end() ? base::nan : found->second;
  }

 private:
  store::File file_;
  std::map<std::string, double> accuracy_;
  std::map<std::string, double> input_size_;
  std::map<std::string, std::vector<std::int32_t>> predictions_;
};

double log_ratio(double a, double b) {
  return std::abs(std::log2(a / b));
}

/// The distances of the models of a matrix that comparison.h5 gives. `method`: whose maps the matrix compares.
std::vector<Distance> known_distances(const MeasuredFacts& facts, const std::string& method,
                                      const std::vector<std::string>& models) {
  const auto sides = facts.map_sides(method);
  const auto of_pairs = [&](const auto& between) {
    return distances(models.size(), [&](std::size_t a, std::size_t b) { return between(models[a], models[b]); });
  };
  return {{"accuracy",
           of_pairs([&](const auto& a, const auto& b) { return std::abs(facts.accuracy(a) - facts.accuracy(b)); })},
          {"predictions", of_pairs([&](const auto& a, const auto& b) { return facts.different_predictions(a, b); })},
          {"input_size",
           of_pairs([&](const auto& a, const auto& b) { return log_ratio(facts.input_size(a), facts.input_size(b)); })},
          {"map_size", of_pairs([&](const auto& a, const auto& b) {
             return log_ratio(MeasuredFacts::value(sides, a), MeasuredFacts::value(sides, b));
           })}};
}

using ZooFacts = std::map<std::string, models::ModelFacts>;  ///< by timm id

/// The distances by what the zoo knows of the models; nothing when it lacks one of them. `known`: facts that were asked
/// for before.
std::vector<Distance> zoo_distances(ZooFacts& known, const std::vector<std::string>& models) {
  std::vector<const models::ModelSpec*> specs;
  std::vector<models::ModelFacts> facts;
  for (const auto& model : models) {
    const auto* const spec = models::model_labelled(model);
    if (spec == nullptr) {
      return {};
    }
    if (!known.contains(spec->id)) {
      known[spec->id] = models::facts_of(*spec);
    }
    specs.push_back(spec);
    facts.push_back(known[spec->id]);
  }
  const auto sizes = distances(models.size(), [&](std::size_t a, std::size_t b) {
    return log_ratio(static_cast<double>(facts[a].parameters), static_cast<double>(facts[b].parameters));
  });
  const double largest = *std::max_element(sizes.begin(), sizes.end());
  const auto differ = [](const auto& a, const auto& b) { return a == b ? 0.0 : 1.0; };
  auto architecture = distances(models.size(), [&](std::size_t a, std::size_t b) {
    const double size = largest > 0.0 ? sizes[a * models.size() + b] / largest : 0.0;
    return (differ(specs[a]->kind, specs[b]->kind) + differ(specs[a]->family, specs[b]->family) +
            differ(facts[a].patch_size, facts[b].patch_size) + size) /
           4.0;
  });
  return {{"architecture", std::move(architecture)},
          {"training", distances(models.size(), [&](std::size_t a, std::size_t b) {
             return differ(std::pair(facts[a].training_data, facts[a].pretraining),
                           std::pair(facts[b].training_data, facts[b].pretraining));
           })}};
}

/// 0 within and 1 between groups; nothing unless all models are in a group and groups can be compared.
std::optional<Distance> group_distance(const ItemGroups& groups, const std::vector<std::string>& models) {
  const auto grouped = group_items(groups, models);
  if (!grouped.comparable() || grouped.items.size() < models.size()) {
    return std::nullopt;
  }
  return Distance{"group", distances(models.size(), [&](std::size_t a, std::size_t b) {
                    return grouped.groups[a] == grouped.groups[b] ? 0.0 : 1.0;
                  })};
}

/// The rows of another matrix for these models; nothing when it lacks one.
std::optional<Distance> representation_distance(const std::vector<ClusterTable>& tables,
                                                const std::vector<std::string>& models) {
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [](const ClusterTable& table) { return table.name == representation; });
  if (found == tables.end()) {
    return std::nullopt;
  }
  const auto& names = found->matrix.names;
  std::vector<std::size_t> rows;
  for (const auto& model : models) {
    const auto row = std::find(names.begin(), names.end(), model);
    if (row == names.end()) {
      return std::nullopt;
    }
    rows.push_back(static_cast<std::size_t>(row - names.begin()));
  }
  return Distance{"representation", statistics::submatrix(found->matrix.values, names.size(), rows)};
}

/// Whether the distance is known of all models, and not the same for all pairs of them.
bool is_usable(const Distance& distance, std::size_t items) {
  std::vector<double> pairs;
  for (std::size_t a = 0; a + 1 < items; ++a) {
    const auto row = distance.cells.begin() + static_cast<std::ptrdiff_t>(a * items);
    pairs.insert(pairs.end(), row + static_cast<std::ptrdiff_t>(a + 1), row + static_cast<std::ptrdiff_t>(items));
  }
  const auto [least, most] = std::minmax_element(pairs.begin(), pairs.end());
  return std::all_of(pairs.begin(), pairs.end(), [](double value) { return std::isfinite(value); }) && *least < *most;
}

void add_rows(const job::JobConfig& config, const ClusterTable& table, const std::vector<Distance>& predictors,
              base::CsvTable& csv) {
  const auto items = table.matrix.names.size();
  std::vector<std::vector<double>> cells;
  for (const auto& predictor : predictors) {
    cells.push_back(predictor.cells);
  }
  const auto found =
      statistics::matrix_regression(table.matrix.values, cells, items, config.cluster.permutations, config.seed);
  for (std::size_t number = 0; number < predictors.size(); ++number) {
    const auto& of = found.predictors[number];
    const auto simple =
        statistics::mantel(table.matrix.values, cells[number], items, config.cluster.permutations, config.seed);
    csv.add({table.name, predictors[number].name, std::to_string(items), python_number(simple.correlation),
             python_number(simple.p), python_number(of.partial), python_number(of.coefficient), python_number(of.t),
             python_number(of.p), python_number(found.r_squared), python_number(found.p),
             std::to_string(found.permutations), found.exact ? "1" : "0"});
  }
}

}  // namespace

void write_confounders(const job::JobConfig& config, const std::vector<ClusterTable>& tables, const ItemGroups& groups,
                       const std::filesystem::path& folder) {
  base::CsvTable csv({"matrix", "distance", "items", "mantel", "mantel_p", "partial", "coefficient", "t", "p",
                      "r_squared", "r_squared_p", "permutations", "exact"});
  std::map<std::string, MeasuredFacts> facts;  // by file
  ZooFacts zoo;
  constexpr std::size_t fewest_models = 4;
  for (const auto& table : tables) {
    const auto& models = table.matrix.names;
    const bool explains =
        table.similarities && !table.similarities->matching && table.similarities->method != "behaviour";
    if (!explains || models.size() < fewest_models || are_layers(models)) {
      continue;
    }
    const auto& known = facts.try_emplace(table.similarities->file, table.similarities->file).first->second;
    auto predictors = known_distances(known, table.similarities->method, models);
    for (const auto& more : {group_distance(groups, models), representation_distance(tables, models)}) {
      if (more) {
        predictors.push_back(*more);
      }
    }
    const auto unusable = [&](const Distance& distance) { return !is_usable(distance, models.size()); };
    std::erase_if(predictors, unusable);
    auto more = zoo_distances(zoo, models);
    std::erase_if(more, unusable);
    const auto pairs = models.size() * (models.size() - 1) / 2;
    if (2 * (predictors.size() + more.size()) <= pairs) {
      predictors.insert(predictors.end(), more.begin(), more.end());
    }
    if (!predictors.empty()) {
      add_rows(config, table, predictors, csv);
    }
  }
  const auto file = folder / "matrix_regression.csv";
  if (csv.empty()) {
    std::filesystem::remove(file);  // that of earlier matrices
  } else {
    base::write_text(file, csv.text());
  }
}

}  // namespace sightline::stages

#include "stages/compare/image_facts.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/nan.hpp"
#include "base/text.hpp"
#include "store/path_rows.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

constexpr auto same_predictions = "same_predictions";
constexpr auto right = "right";
constexpr auto confidence = "confidence";
constexpr auto image_column = "image";
constexpr std::array taken{"label", "disagreement", same_predictions, right, confidence};

void check_header(const base::CsvRow& header, const std::string& file) {
  if (std::count(header.begin(), header.end(), image_column) != 1) {
    throw base::input_error("{}: the first line should name the column 'image' once, and columns of numbers", file);
  }
  for (const auto& name : header) {
    if (name.empty() || std::count(header.begin(), header.end(), name) > 1 ||
        std::find(taken.begin(), taken.end(), name) != taken.end()) {
      throw base::input_error("{}: a column has the name '{}', which is empty, there twice, or one of {}", file, name,
                              fmt::join(taken, ", "));
    }
  }
}

double number_in(const base::CsvRow& row, std::size_t column, const std::string& name, const std::string& file) {
  if (row[column].empty()) {
    return base::nan;
  }
  const auto number = base::parse_number(row[column]);
  if (!number) {
    throw base::input_error("{}: '{}' has '{}' in the column {}, which is no number", file, base::csv_line(row),
                            row[column], name);
  }
  return *number;
}

}  // namespace

std::vector<ImageFact> read_image_facts(const std::filesystem::path& file, const std::vector<std::string>& paths) {
  const auto name = file.string();
  const auto rows = base::read_csv(file);
  const auto& header = rows.empty() ? base::CsvRow() : rows.front();
  check_header(header, name);
  const auto image = static_cast<std::size_t>(std::find(header.begin(), header.end(), image_column) - header.begin());
  std::vector<ImageFact> facts;
  for (const auto& column : header) {
    facts.push_back({column, std::vector<double>(paths.size(), base::nan)});
  }
  store::PathRows known(paths);
  std::set<std::uint64_t> seen;
  for (std::size_t line = 1; line < rows.size(); ++line) {
    const auto& row = rows[line];
    if (row.size() != header.size()) {
      throw base::input_error("{}: '{}' should have {} fields", name, base::csv_line(row), header.size());
    }
    const auto place = known.find(row[image], line - 1);
    if (place && !seen.insert(*place).second) {
      throw base::input_error("{}: names '{}' twice", name, row[image]);
    }
    for (std::size_t column = 0; column < header.size(); ++column) {
      const double number = column == image ? base::nan : number_in(row, column, header[column], name);
      if (place) {
        facts[column].values[*place] = number;
      }
    }
  }
  if (seen.empty() && !paths.empty()) {
    throw base::input_error("{}: names no image of the run; the first of the run is '{}'", name, paths.front());
  }
  facts.erase(facts.begin() + static_cast<std::ptrdiff_t>(image));
  return facts;
}

std::vector<ImageFact> outcomes(const store::Explanations& store, const std::vector<std::string>& models,
                                const Predictions& predictions, const std::vector<std::int32_t>& labels) {
  std::vector<std::vector<float>> probabilities;
  for (const auto& model : models) {
    const auto group = store::schema::model_group(model);
    probabilities.push_back(store.hdf5().dataset(group + "/" + store::schema::probability).read<float>());
  }
  const std::vector<double> unknown(labels.size(), base::nan);
  std::vector<ImageFact> facts{{same_predictions, unknown}, {right, unknown}, {confidence, unknown}};
  for (std::size_t image = 0; image < labels.size(); ++image) {
    double known = 0.0;
    double correct = 0.0;
    double sure = 0.0;
    double same = 0.0;
    for (std::size_t a = 0; a < models.size(); ++a) {
      const auto own = predictions[a][image];
      if (own < 0) {
        continue;
      }
      for (std::size_t b = 0; b < a; ++b) {
        same += own == predictions[b][image] ? 1.0 : 0.0;
      }
      known += 1.0;
      correct += own == labels[image] ? 1.0 : 0.0;
      sure += double{probabilities[a][image]};
    }
    facts[0].values[image] = same / (known * (known - 1.0) / 2.0);
    facts[1].values[image] = labels[image] < 0 ? base::nan : correct / known;
    facts[2].values[image] = sure / known;
  }
  return facts;
}

}  // namespace sightline::stages

#include "stages/bias/bias_tables.hpp"

#include <algorithm>
#include <cmath>

#include "base/file.hpp"
#include "base/text.hpp"

namespace sightline::stages {

using base::python_number;

void BiasTables::add_worst(const std::string& model, const std::vector<focus::WorstImage>& worst) {
  for (const auto& [image, rank] : worst) {
    worst_.add({model, std::to_string(image.label), std::to_string(rank + 1), image.path,
                python_number(image.probability), std::to_string(image.rival)});
  }
}

void BiasTables::add_pairs(const FocusResult& result) {
  for (const auto& scores : result.scores) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < scores.focus.size(); ++i) {
      if (!std::isnan(scores.focus[i])) {
        order.push_back(i);
      }
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return scores.focus[a] < scores.focus[b]; });
    const auto& model = result.models[scores.model];
    for (const auto i : order) {
      const auto& pair = result.set->mosaics[i];
      pairs_.add({model.name, scores.method, pair.name, std::to_string(pair.target), std::to_string(pair.classes[1]),
                  pair.paths[0], pair.paths[1], python_number(1.0 - scores.focus[i]),
                  python_number(model.target_probability[i])});
    }
  }
}

void BiasTables::add_findings(const std::vector<BiasFinding>& findings) {
  for (const auto& found : findings) {
    const base::CsvRow group = {found.model, found.method, std::to_string(found.target), std::to_string(found.other)};
    auto row = group;
    row.insert(row.end(), {std::to_string(found.pairs), std::to_string(found.undefined), python_number(found.mean),
                           python_number(found.low), python_number(found.high), std::to_string(found.confusion.images),
                           std::to_string(found.confusion.confused), python_number(found.confusion.low),
                           found.suspected ? "suspected" : "none", std::to_string(found.kinds.kinds)});
    summary_.add(row);
    for (const auto& picture : found.kinds.pictures) {
      row = group;
      row.insert(row.end(), {std::to_string(picture.kind + 1), picture.path, std::to_string(picture.pairs),
                             python_number(picture.wrong_share), python_number(found.kinds.silhouette)});
      kinds_.add(row);
    }
  }
}

void BiasTables::write(const std::filesystem::path& tables) const {
  base::make_writable_folder(tables);
  base::write_text(tables / "bias_worst.csv", worst_.text());
  base::write_text(tables / "bias_pairs.csv", pairs_.text());
  base::write_text(tables / "bias_summary.csv", summary_.text());
  base::write_text(tables / "bias_kinds.csv", kinds_.text());
}

}  // namespace sightline::stages

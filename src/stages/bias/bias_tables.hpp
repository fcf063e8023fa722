#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/csv.hpp"
#include "stages/bias/bias_findings.hpp"

namespace sightline::stages {

/// The tables bias_*.csv of all models: the worst predicted images, every pair, the findings, and the kinds of bias.
class BiasTables {
 public:
  /// Adds a model's worst predicted images to bias_worst.csv.
  void add_worst(const std::string& model, const std::vector<focus::WorstImage>& worst);
  /// Adds the wrong share of every pair for which it is defined to bias_pairs.csv; for each method, the largest first.
  void add_pairs(const FocusResult& result);
  /// Adds the findings to bias_summary.csv, and their images to bias_kinds.csv.
  void add_findings(const std::vector<BiasFinding>& findings);

  /// Writes the four files into the folder `tables`. Throws base::Error(fault) when one cannot be written.
  void write(const std::filesystem::path& tables) const;

 private:
  base::CsvTable worst_{{"model", "class", "rank", "path", "probability", "rival"}};
  base::CsvTable pairs_{
      {"model", "method", "pair", "target", "other", "target_path", "other_path", "wrong_share", "target_probability"}};
  base::CsvTable summary_{{"model", "method", "target", "other", "pairs", "undefined", "mean_wrong_share", "low",
                           "high", "other_images", "confused", "confused_low", "finding", "kinds"}};
  base::CsvTable kinds_{{"model", "method", "target", "other", "kind", "path", "pairs", "wrong_share", "silhouette"}};
};

}  // namespace sightline::stages

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/csv.hpp"
#include "stages/bias/bias_findings.hpp"

namespace sightline::stages {

/// tables/bias_*.csv of all models: the worst images, every pair, what the pairs of two classes say, and the kinds of
/// bias.
class BiasTables {
 public:
  void add_worst(const std::string& model, const std::vector<focus::WorstImage>& worst);
  /// The share of relevance on the wrong tile by model, method and pair, largest first.
  void add_pairs(const FocusResult& result);
  void add_findings(const std::vector<BiasFinding>& findings);

  /// Throws base::Error(fault) when a file cannot be written.
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

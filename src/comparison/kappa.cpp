#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "comparison/metrics.hpp"
#include "comparison/pair_statistics.hpp"
#include "job/setters.hpp"

namespace sightline::comparison {
namespace {

/// The confusion matrix of two maps: the number of pixels that have class i in the first and class j in the second map.
/// classes x classes, row-major.
using Counts = std::span<const std::int64_t>;

/// Unweighted Cohen's kappa; 0 if the agreement by chance is 1, where kappa is not defined.
double kappa_of(Counts counts, std::size_t classes) {
  double total = 0.0;
  double agreed = 0.0;
  double by_chance = 0.0;
  for (std::size_t i = 0; i < classes; ++i) {
    double row = 0.0;
    double column = 0.0;
    for (std::size_t j = 0; j < classes; ++j) {
      row += static_cast<double>(counts[i * classes + j]);
      column += static_cast<double>(counts[j * classes + i]);
    }
    agreed += static_cast<double>(counts[i * classes + i]);
    by_chance += row * column;
    total += row;
  }
  const double spread = total * total - by_chance;
  return spread > 0.0 ? (agreed * total - by_chance) / spread : 0.0;
}

class Kappa : public Metric {
 public:
  Kappa(std::string name, std::vector<double> thresholds)
      : name_(std::move(name)), thresholds_(std::move(thresholds)) {}
  std::string name() const override { return name_; }

  Eigen::MatrixXd compare(const ImageMaps& maps) const override {
    const auto models = maps.present.size();
    std::vector<std::int64_t> tally(tally_size(models), 0);
    count(maps, maps.present, tally);
    const auto values = pooled(models, tally);
    const auto side = static_cast<Eigen::Index>(models);
    return Eigen::Map<const Eigen::MatrixXd>(values.data(), side, side);
  }

  std::size_t tally_size(std::size_t models) const override { return pair_count(models) * cells(); }

  void count(const ImageMaps& maps, const std::vector<bool>& counted, std::vector<std::int64_t>& tally) const override {
    const auto models = maps.present.size();
    const auto classes = classes_of(maps);
    const auto pixels = static_cast<std::size_t>(maps.pixels.rows());
    for (std::size_t a = 0; a < models; ++a) {
      for (std::size_t b = a; b < models; ++b) {
        if (!counted[a] || !counted[b]) {
          continue;
        }
        auto* counts = tally.data() + pair_index(a, b, models) * cells();
        const auto* x = classes.data() + a * pixels;
        const auto* y = classes.data() + b * pixels;
        for (std::size_t i = 0; i < pixels; ++i) {
          ++counts[x[i] * (thresholds_.size() + 1) + y[i]];
        }
      }
    }
  }

  std::vector<double> pooled(std::size_t models, const std::vector<std::int64_t>& tally) const override {
    std::vector<double> values(models * models);
    for (std::size_t a = 0; a < models; ++a) {
      for (std::size_t b = a; b < models; ++b) {
        values[a * models + b] = values[b * models + a] =
            kappa_of({tally.data() + pair_index(a, b, models) * cells(), cells()}, thresholds_.size() + 1);
      }
    }
    return values;
  }

 private:
  std::size_t cells() const { return (thresholds_.size() + 1) * (thresholds_.size() + 1); }

  /// The class of each pixel, map after map.
  std::vector<std::uint8_t> classes_of(const ImageMaps& maps) const {
    std::vector<std::uint8_t> classes(static_cast<std::size_t>(maps.pixels.size()), 0);
    const auto* values = maps.pixels.data();
    for (const double threshold : thresholds_) {
      for (std::size_t i = 0; i < classes.size(); ++i) {
        classes[i] = static_cast<std::uint8_t>(classes[i] + (values[i] > threshold ? 1 : 0));
      }
    }
    return classes;
  }

  std::string name_;
  std::vector<double> thresholds_;
};

/// Parses comma separated lists of thresholds, such as 0.5,0.4:0.7. The thresholds of a list are joined by colons and
/// ascending. Maps lie in [0, 1] or [-1, 1]: no pixel exceeds 1, and every pixel exceeds what is below -1. Throws
/// base::Error(usage) for an invalid value.
std::vector<std::vector<double>> parse_thresholds(const std::string& value) {
  std::vector<std::vector<double>> lists;
  for (const auto& list : job::split_distinct(value)) {
    std::vector<double> thresholds;
    for (const auto& word : base::split_list(list, ':')) {
      const auto number = base::parse_number(word);
      if (!number || *number < -1.0 || *number >= 1.0 || (!thresholds.empty() && *number <= thresholds.back()) ||
          thresholds.size() == 8) {
        throw base::usage_error("'{}' is not up to 8 ascending numbers from -1 to below 1, such as 0.5 or 0.4:0.7",
                                list);
      }
      thresholds.push_back(*number);
    }
    if (thresholds.empty()) {
      throw base::usage_error("'{}' has no threshold", list);
    }
    if (std::find(lists.begin(), lists.end(), thresholds) != lists.end()) {
      throw base::usage_error("'{}' is named twice", list);
    }
    lists.push_back(thresholds);
  }
  if (lists.empty()) {
    throw base::usage_error("needs at least one threshold");
  }
  return lists;
}

}  // namespace

/// Cohen's kappa (Educational and Psychological Measurement 1960) of pixel classes: a pixel's class is the number of
/// thresholds that it exceeds. In [-1, 1]; 0 if all pixels of both maps have the same class. The metric is called
/// kappa, or kappa_0.5, kappa_0.4_0.7 and so on if several lists of thresholds are given. The pooled kappa is that of
/// the pixels of all images together, as in the comparison study.
MetricSpec kappa() {
  MetricSpec spec{"kappa",
                  {{"kappa-thresholds", "T[:T...],...", "0.5",
                    "a pixel's class is the number of thresholds (from -1 to below 1) it exceeds; 0.5,0.4:0.7 gives "
                    "kappa_0.5 and kappa_0.4_0.7",
                    [](const std::string& value) { parse_thresholds(value); }}}};
  spec.build = [](const job::ParameterValues& parameters) {
    const auto lists = parse_thresholds(parameters.text("kappa-thresholds"));
    Metrics made;
    for (const auto& thresholds : lists) {
      std::string name = "kappa";
      for (const double threshold : thresholds) {
        name += lists.size() > 1 ? fmt::format("_{}", threshold) : "";
      }
      made.push_back(std::make_unique<Kappa>(name, thresholds));
    }
    return made;
  };
  return spec;
}

}  // namespace sightline::comparison

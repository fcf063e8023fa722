#include "comparison/similarity.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"

namespace sightline::comparison {

double cosine(const Products& products) {
  return products.xy / std::max(std::sqrt(products.xx) * std::sqrt(products.yy), 1e-8);
}

double rbf(const Products& products, double sigma) {
  const double squared_distance = std::max(0.0, products.xx + products.yy - 2.0 * products.xy);
  return std::exp(-squared_distance / (2.0 * sigma * sigma));
}

std::vector<Metric> make_metrics(const std::vector<std::string>& names, double rbf_sigma) {
  // A new metric: one line here.
  const std::vector<Metric> known = {
      {"cosine", &cosine},
      {"rbf", [rbf_sigma](const Products& products) { return rbf(products, rbf_sigma); }},
  };
  std::vector<std::string> known_names;
  known_names.reserve(known.size());
  for (const auto& metric : known) {
    known_names.push_back(metric.name);
  }
  std::vector<Metric> chosen;
  for (const auto& name : names) {
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const Metric& metric) { return metric.name == name; });
    if (found == known.end()) {
      throw base::usage_error("compare.metrics: '{}' is not one of {}.{}", name, base::join(known_names, ", "),
                              base::did_you_mean(name, known_names));
    }
    chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace sightline::comparison

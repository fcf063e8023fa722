#pragma once

#include <functional>
#include <string>
#include <vector>

namespace sightline::comparison {

/// What cosine and RBF need of two maps x and y, as sums over pixels.
struct Products {
  double xy = 0.0;
  double xx = 0.0;
  double yy = 0.0;
};

/// A similarity of two maps of one image; larger = more alike.
struct Metric {
  std::string name;
  std::function<double(const Products&)> value;
};

/// x.y / max(|x| |y|, 1e-8): 0 with a blank map, in [0, 1] for maps without negative values.
double cosine(const Products& products);

/// exp(-|x - y|^2 / (2 sigma^2)), in (0, 1].
double rbf(const Products& products, double sigma);

/// The metrics called `names` (cosine, rbf). Throws base::Error(usage) with the nearest name.
std::vector<Metric> make_metrics(const std::vector<std::string>& names, double rbf_sigma);

}  // namespace sightline::comparison

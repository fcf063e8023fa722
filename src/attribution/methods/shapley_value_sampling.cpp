// Shapley value sampling: the mean marginal contribution of every feature over random permutations, as in Captum's
// ShapleyValueSampling. The contributions along each permutation sum to full - empty (efficiency), so their mean does.

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ATen/ops/zeros.h>

#include "attribution/methods/methods.hpp"
#include "attribution/perturbation.hpp"

namespace sightline::attribution {
namespace {

std::vector<std::int64_t> permutation(const base::NumberStream& keys, std::int64_t sample, std::int64_t features) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(features));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return keys.bits(static_cast<std::uint64_t>(sample * features + a)) <
           keys.bits(static_cast<std::uint64_t>(sample * features + b));
  });
  return order;
}

/// The coalitions to evaluate: row 0 is empty. For each permutation follow its first 1, 2, ..., features - 1 features.
/// The last row has all features, which every permutation ends with.
Coalitions draw(const std::vector<std::vector<std::int64_t>>& orders, std::int64_t features) {
  const auto samples = static_cast<std::int64_t>(orders.size());
  auto rows = at::zeros({samples * (features - 1) + 2, features}, at::kFloat);
  auto* to = rows.mutable_data_ptr<float>();
  std::int64_t row = 1;
  for (const auto& order : orders) {
    for (std::int64_t size = 1; size < features; ++size, ++row) {
      for (std::int64_t i = 0; i < size; ++i) {
        to[row * features + order[static_cast<std::size_t>(i)]] = 1.0F;
      }
    }
  }
  std::fill_n(to + row * features, features, 1.0F);
  return rows;
}

/// The mean contribution of each feature and its standard error. outputs: of the rows of `draw`.
FeatureValues average(const std::vector<std::vector<std::int64_t>>& orders, const std::vector<double>& outputs) {
  const auto features = orders.front().size();
  const auto samples = static_cast<double>(orders.size());
  std::vector<double> sums(features, 0.0);
  std::vector<double> squares(features, 0.0);
  std::size_t row = 1;
  for (const auto& order : orders) {
    double before = outputs.front();
    for (std::size_t i = 0; i < features; ++i) {
      const double after = i + 1 < features ? outputs[row++] : outputs.back();
      const auto feature = static_cast<std::size_t>(order[i]);
      sums[feature] += after - before;
      squares[feature] += (after - before) * (after - before);
      before = after;
    }
  }
  FeatureValues result;
  auto& errors = result.details["standard_error"];
  for (std::size_t f = 0; f < features; ++f) {
    const double mean = sums[f] / samples;
    result.values.push_back(mean);
    errors.push_back(samples > 1.0 ? std::sqrt(std::max(0.0, squares[f] / samples - mean * mean) / (samples - 1.0))
                                   : std::nan(""));
  }
  return result;
}

std::vector<FeatureValues> explain(const Parameters& parameters, const SuperpixelRule& rule, Subject& subject) {
  std::vector<std::vector<std::vector<std::int64_t>>> orders(static_cast<std::size_t>(subject.images()));
  std::vector<Coalitions> coalitions;
  for (std::int64_t image = 0; image < subject.images(); ++image) {
    const auto features = subject.superpixels(rule, image).count;
    auto& own = orders[static_cast<std::size_t>(image)];
    for (std::int64_t sample = 0; sample < parameters.integer("samples"); ++sample) {
      own.push_back(permutation(subject.stream("shapleyvaluesampling.keys", image), sample, features));
    }
    coalitions.push_back(draw(own, features));
  }
  const auto outputs = evaluate(subject, rule, coalitions, parameters.is("output", "probability"));
  std::vector<FeatureValues> results;
  for (std::size_t image = 0; image < outputs.size(); ++image) {
    results.push_back(average(orders[image], outputs[image]));
  }
  return results;
}

}  // namespace

MethodSpec shapley_value_sampling() {
  return feature_method(
      {"shapleyvaluesampling",
       "Shapley Value Sampling",
       "Castro et al., Computers & Operations Research 2009",
       "`samples` x (features - 1) + 2 forward",
       "all models",
       MapKind::superpixels,
       {{"samples", "N", "25", "random permutations of the features", whole_number(1, 1'000'000)},
        features_parameter(),
        output_parameter("logit")},
       {"seed"}},
      explain,
      [](const Parameters& parameters, Subject& grey) {
        const auto features =
            SuperpixelRule::parse(parameters.text("features")).max_count(grey.inputs().size(2), grey.inputs().size(3));
        return Passes{.masked = parameters.integer("samples") * (features - 1) + 2};
      },
      {{"standard_error", true}});
}

}  // namespace sightline::attribution

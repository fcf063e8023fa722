#include "comparison/behaviour.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/error.hpp"
#include "base/find_named.hpp"
#include "base/nan.hpp"
#include "statistics/ranks.hpp"

namespace sightline::comparison {
namespace {

/// The matrix of similar(a, b) for every two models; NaN where one of them has no value.
template <typename Has, typename Similar>
Eigen::MatrixXd for_pairs(std::size_t models, const Has& has, const Similar& similar) {
  const auto side = static_cast<Eigen::Index>(models);
  Eigen::MatrixXd result = Eigen::MatrixXd::Constant(side, side, base::nan);
  for (Eigen::Index a = 0; a < side; ++a) {
    for (Eigen::Index b = a; b < side && has(a); ++b) {
      if (has(b)) {
        result(a, b) = result(b, a) = similar(a, b);
      }
    }
  }
  return result;
}

Eigen::MatrixXd agreement(const ImageBehaviour& image) {
  const auto of = [&](Eigen::Index model) { return image.predictions[static_cast<std::size_t>(model)]; };
  return for_pairs(
      image.predictions.size(), [&](Eigen::Index model) { return of(model) >= 0; },
      [&](Eigen::Index a, Eigen::Index b) { return of(a) == of(b) ? 1.0 : 0.0; });
}

Eigen::MatrixXd errors(const ImageBehaviour& image) {
  const auto of = [&](Eigen::Index model) { return image.predictions[static_cast<std::size_t>(model)]; };
  const auto right = [&](Eigen::Index model) { return of(model) == image.label; };
  return for_pairs(
      image.predictions.size(), [&](Eigen::Index model) { return of(model) >= 0 && image.label >= 0; },
      [&](Eigen::Index a, Eigen::Index b) { return right(a) == right(b) ? 1.0 : 0.0; });
}

bool has_logits(const ImageBehaviour& image, Eigen::Index model) {
  return image.logits.col(model).allFinite();
}

/// The entropy of a distribution in bits.
double entropy(const Eigen::ArrayXd& p) {
  return -(p > 0.0).select(p * p.max(1e-300).log2(), 0.0).sum();
}

Eigen::MatrixXd jensen_shannon(const ImageBehaviour& image) {
  std::vector<Eigen::ArrayXd> p;
  std::vector<double> entropies;
  for (Eigen::Index model = 0; model < image.logits.cols(); ++model) {
    const Eigen::ArrayXd scaled = (image.logits.col(model).array() - image.logits.col(model).maxCoeff()).exp();
    p.emplace_back(scaled / scaled.sum());
    entropies.push_back(entropy(p.back()));
  }
  return for_pairs(
      image.predictions.size(), [&](Eigen::Index model) { return has_logits(image, model); },
      [&](Eigen::Index a, Eigen::Index b) {
        const auto i = static_cast<std::size_t>(a);
        const auto j = static_cast<std::size_t>(b);
        const double divergence = a == b ? 0.0 : entropy((p[i] + p[j]) / 2.0) - (entropies[i] + entropies[j]) / 2.0;
        return 1.0 - std::sqrt(std::clamp(divergence, 0.0, 1.0));
      });
}

Eigen::MatrixXd logit_ranks(const ImageBehaviour& image) {
  Eigen::MatrixXd ranks = Eigen::MatrixXd::Zero(image.logits.rows(), image.logits.cols());
  for (Eigen::Index model = 0; model < image.logits.cols(); ++model) {
    if (has_logits(image, model)) {
      const Eigen::VectorXd logits = image.logits.col(model);
      ranks.col(model) = statistics::unit_ranks({logits.data(), static_cast<std::size_t>(logits.size())});
    }
  }
  const Eigen::MatrixXd correlations = ranks.transpose() * ranks;
  return for_pairs(
      image.predictions.size(), [&](Eigen::Index model) { return has_logits(image, model); },
      [&](Eigen::Index a, Eigen::Index b) { return correlations(a, b); });
}

}  // namespace

const std::vector<BehaviourMeasure>& behaviour_measures() {
  static const std::vector<BehaviourMeasure> all = {{"agreement", false, &agreement},
                                                    {"errors", false, &errors},
                                                    {"jensenshannon", true, &jensen_shannon},
                                                    {"logits", true, &logit_ranks}};
  return all;
}

const BehaviourMeasure& behaviour_measure(const std::string& name) {
  return base::find_named(behaviour_measures(), name, &BehaviourMeasure::name, [](const base::UnknownName& unknown) {
    return base::usage_error("compare.behaviour: {}", unknown.not_one_of());
  });
}

}  // namespace sightline::comparison

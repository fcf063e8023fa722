// KernelSHAP on superpixels. By default coalitions are sampled in pairs and the values are estimated by a Gaussian
// process over the coalitions. With sampling = captum both steps are those of Captum's KernelShap.

#include <algorithm>
#include <cmath>

#include <ATen/ops/empty.h>

#include "attribution/coalitions/shapley_process.hpp"
#include "attribution/coalitions/shapley_regression.hpp"
#include "attribution/methods/methods.hpp"
#include "attribution/perturbation.hpp"
#include "base/error.hpp"

namespace sightline::attribution {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Games = std::vector<FeatureValues>;

Coalitions to_coalitions(const Matrix& rows) {
  auto made = at::empty({rows.rows(), rows.cols()}, at::kFloat);
  Eigen::Map<RowMajor>(made.mutable_data_ptr<float>(), rows.rows(), rows.cols()) = rows.cast<float>();
  return made;
}

std::vector<double> list(const Vector& values) {
  return {values.begin(), values.end()};
}

/// The estimate for one image, to which rounds of samples are added.
struct Progress {
  double empty = 0.0;
  double full = 0.0;
  double evaluations = 0.0;
  Vector values;     ///< the mean of the rounds, weighted by the inverse of their variance
  Vector variances;  ///< the squared standard errors
  bool done = false;

  void add(const ShapleyEstimate& round, double cost) {
    const Vector own = round.standard_errors.cwiseAbs2();
    if (evaluations == 0.0 || own.sum() == 0.0) {
      values = round.values;
      variances = own;
    } else {
      const double share = variances.sum() / (variances.sum() + own.sum());
      values = values * (1.0 - share) + round.values * share;
      variances = variances * (1.0 - share) * (1.0 - share) + own * share * share;
    }
    evaluations += cost;
  }
};

/// The coalitions that the paired estimator evaluates: the full one, the empty one, the pairs' rows, and their
/// complements.
Matrix rows_of(const CoalitionPairs& pairs) {
  const auto count = pairs.rows.rows();
  Matrix rows(2 * count + 2, pairs.rows.cols());
  rows.row(0).setOnes();
  rows.row(1).setZero();
  rows.middleRows(2, count) = pairs.rows;
  rows.bottomRows(count) = 1.0 - pairs.rows.array();
  return rows;
}

ShapleyEstimate solve(const Parameters& parameters, const CoalitionPairs& pairs, const Vector& outputs,
                      const Vector& complements, const Progress& image) {
  const bool all_drawn = (pairs.inclusion.array() == 1.0).all();  // then the regression is exact
  const bool process = parameters.is("solver", "process") && pairs.rows.rows() <= most_process_pairs && !all_drawn;
  return (process ? fit_process : solve_pairs)(pairs, outputs, complements, image.empty, image.full);
}

/// Adds a round of `samples` evaluations to every image that is not done.
void add_round(Subject& subject, const SuperpixelRule& rule, const Parameters& parameters, std::int64_t samples,
               int round, std::vector<Progress>& images) {
  std::vector<CoalitionPairs> pairs(images.size());
  std::vector<Coalitions> coalitions(images.size());
  for (std::size_t image = 0; image < images.size(); ++image) {
    const auto index = static_cast<std::int64_t>(image);
    const auto features = subject.superpixels(rule, index).count;
    if (images[image].done || features < 2) {
      coalitions[image] = to_coalitions(Matrix::Ones(features < 2 && !images[image].done ? 2 : 0, features));
      if (coalitions[image].size(0) == 2) {
        coalitions[image][1].zero_();
      }
      continue;
    }
    pairs[image] = draw_pairs(subject.stream("kernelshap.pairs." + std::to_string(round), index), features, samples);
    coalitions[image] = to_coalitions(rows_of(pairs[image]));
  }
  const auto outputs = evaluate(subject, rule, coalitions, parameters.is("output", "probability"));
  for (std::size_t image = 0; image < images.size(); ++image) {
    auto& own = images[image];
    const auto& values = outputs[image];
    if (own.done) {
      continue;
    }
    own.full = values[0];
    own.empty = values[1];
    const auto count = pairs[image].rows.rows();
    if (count == 0) {  // a single feature has the whole difference
      own.add({Vector::Constant(1, own.full - own.empty), Vector::Zero(1)}, 2.0);
      continue;
    }
    const auto part = [&](Eigen::Index first) { return Eigen::Map<const Vector>(values.data() + first, count); };
    own.add(solve(parameters, pairs[image], part(2), part(2 + count), own), static_cast<double>(values.size()));
  }
}

constexpr std::int64_t first_samples = 128;  ///< for samples = auto

Passes passes(const Parameters& parameters, Subject& /*grey*/) {
  return {.masked = parameters.is("samples", "auto") ? first_samples : parameters.integer("samples")};
}

Games paired(const Parameters& parameters, const SuperpixelRule& rule, Subject& subject) {
  constexpr std::int64_t max_samples = 65536;
  const bool automatic = parameters.is("samples", "auto");
  std::vector<Progress> images(static_cast<std::size_t>(subject.images()));
  auto samples = automatic ? first_samples : parameters.integer("samples");
  for (int round = 0;; ++round, samples *= 2) {
    add_round(subject, rule, parameters, samples, round, images);
    for (auto& own : images) {
      const double error = std::sqrt(own.variances.maxCoeff());
      own.done = !automatic || samples >= max_samples ||
                 error <= parameters.number("tolerance") * own.values.cwiseAbs().maxCoeff();
    }
    if (std::all_of(images.begin(), images.end(), [](const Progress& own) { return own.done; })) {
      break;
    }
  }
  Games games;
  for (const auto& own : images) {
    games.push_back({list(own.values),
                     {{"standard_error", list(own.variances.cwiseSqrt())},
                      {"empty_output", {own.empty}},
                      {"evaluations", {own.evaluations}}}});
  }
  return games;
}

Games like_captum(const Parameters& parameters, const SuperpixelRule& rule, Subject& subject) {
  std::vector<Matrix> rows;
  std::vector<Coalitions> coalitions;
  for (std::int64_t image = 0; image < subject.images(); ++image) {
    rows.push_back(draw_like_captum(subject.stream("kernelshap.size", image), subject.stream("kernelshap.keys", image),
                                    std::max<std::int64_t>(2, subject.superpixels(rule, image).count),
                                    parameters.integer("samples")));
    coalitions.push_back(to_coalitions(rows.back()));
  }
  const auto outputs = evaluate(subject, rule, coalitions, parameters.is("output", "probability"));
  Games games;
  for (std::size_t image = 0; image < outputs.size(); ++image) {
    const auto count = static_cast<Eigen::Index>(outputs[image].size());
    const auto result = solve_like_captum(rows[image], Eigen::Map<const Vector>(outputs[image].data(), count));
    games.push_back({list(result.coefficients),
                     {{"standard_error", list(result.standard_errors)},
                      {"empty_output", {outputs[image][1]}},
                      {"evaluations", {static_cast<double>(count)}}}});
  }
  return games;
}

Games explain(const Parameters& parameters, const SuperpixelRule& rule, Subject& subject) {
  return parameters.is("sampling", "captum") ? like_captum(parameters, rule, subject)
                                             : paired(parameters, rule, subject);
}

/// Refuses what does not go together: auto with Captum's sampling, and more samples than the process takes, which would
/// be solved by the regression although the store says process.
void refuse_misfits(const Parameters& parameters) {
  const bool paired = parameters.is("sampling", "paired");
  const bool automatic = parameters.is("samples", "auto");
  if (automatic && !paired) {
    throw base::usage_error("kernelshap.samples: auto needs kernelshap.sampling = paired");
  }
  constexpr auto most = 2 * most_process_pairs + 2;
  if (paired && !automatic && parameters.is("solver", "process") && parameters.integer("samples") > most) {
    throw base::usage_error(
        "kernelshap.samples: {} is more than the {} that kernelshap.solver = process takes; regression takes more",
        parameters.integer("samples"), most);
  }
}

}  // namespace

MethodSpec kernelshap() {
  return checked(
      feature_method(
          {"kernelshap",
           "KernelSHAP",
           "Lundberg and Lee, arXiv 1705.07874",
           "`samples` forward",
           "all models",
           MapKind::superpixels,
           {{"samples", "N|auto", "350",
             "masked images, the whole and the empty one among them; auto: doubled from 128 to 65536 until the error "
             "is within tolerance",
             whole_number_or_auto(4, 10'000'000)},
            {"tolerance", "SHARE", "0.05", "largest standard error as a share of the largest value, for samples = auto",
             number(0.0, 1.0)},
            {"sampling", "paired|captum", "paired",
             "paired: complements, without replacement, stratified by size; captum: as Captum draws and solves",
             one_of({"paired", "captum"})},
            {"solver", "process|regression", "process",
             "for paired samples: a Gaussian process over the coalitions (up to 4098 samples; jobs/README.md), or the "
             "weighted "
             "regression, which is exact once all coalitions are drawn",
             one_of({"process", "regression"})},
            features_parameter(),
            output_parameter("logit")},
           {"seed"}},
          explain, passes, {{"standard_error", true}, {"empty_output"}, {"evaluations"}}),
      refuse_misfits);
}

}  // namespace sightline::attribution

// LIME for images: a ridge regression of the model's output on the presence of superpixels, in which samples near the
// whole image have more weight. Defaults and definitions are those of the lime package (lime_image, lime_base): each
// superpixel is present with probability 1/2, the first sample is the whole image, the kernel is
// sqrt(exp(-d^2 / width^2)) of the cosine distance d, alpha is 1, and all features are kept. The solver `process`
// estimates the limit of this regression from fewer samples.

#include <ATen/ops/empty.h>

#include "attribution/coalitions/least_squares.hpp"
#include "attribution/coalitions/lime_process.hpp"
#include "attribution/methods/methods.hpp"
#include "attribution/perturbation.hpp"
#include "base/error.hpp"

namespace sightline::attribution {
namespace {

Coalitions draw(const base::NumberStream& stream, std::int64_t samples, std::int64_t features) {
  auto rows = at::empty({samples, features}, at::kFloat);
  auto* to = rows.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < samples * features; ++i) {
    to[i] = i < features || (stream.bits(static_cast<std::uint64_t>(i)) >> 63U) != 0 ? 1.0F : 0.0F;
  }
  return rows;
}

FeatureValues fit(const Parameters& parameters, const Coalitions& coalitions, const std::vector<double>& outputs) {
  using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Matrix rows =
      Eigen::Map<const RowMajor>(coalitions.const_data_ptr<float>(), coalitions.size(0), coalitions.size(1))
          .cast<double>();
  const Vector values = Eigen::Map<const Vector>(outputs.data(), static_cast<Eigen::Index>(outputs.size()));
  const double width = parameters.number("kernel-width");
  const auto result = parameters.is("solver", "process") ? fit_lime_process(rows, values, width)
                                                         : ridge(rows, values, lime_weights(rows, width), 1.0);
  return {{result.coefficients.begin(), result.coefficients.end()},
          {{"standard_error", {result.standard_errors.begin(), result.standard_errors.end()}},
           {"intercept", {result.intercept}},
           {"score", {result.score}}}};
}

std::vector<FeatureValues> explain(const Parameters& parameters, const SuperpixelRule& rule, Subject& subject) {
  std::vector<Coalitions> coalitions;
  for (std::int64_t image = 0; image < subject.images(); ++image) {
    coalitions.push_back(draw(subject.stream("lime.masks", image), parameters.integer("samples"),
                              subject.superpixels(rule, image).count));
  }
  const auto outputs = evaluate(subject, rule, coalitions, parameters.is("output", "probability"));
  std::vector<FeatureValues> results;
  for (std::size_t image = 0; image < outputs.size(); ++image) {
    results.push_back(fit(parameters, coalitions[image], outputs[image]));
  }
  return results;
}

/// Refuses more samples than fit_lime_process accepts.
void refuse_too_many(const Parameters& parameters) {
  if (parameters.is("solver", "process") && parameters.integer("samples") > most_lime_process_samples) {
    throw base::usage_error("lime.samples: {} is more than the {} that lime.solver = process takes; ridge takes more",
                            parameters.integer("samples"), most_lime_process_samples);
  }
}

}  // namespace

MethodSpec lime() {
  return checked(
      feature_method({"lime",
                      "LIME",
                      "Ribeiro et al., arXiv 1602.04938",
                      "`samples` forward",
                      "all models",
                      MapKind::superpixels,
                      {{"samples", "N", "1000", "masked images, the whole one among them", whole_number(2, 10'000'000)},
                       {"solver", "ridge|process", "ridge",
                        "ridge: as lime solves; process: a Gaussian process over the coalitions (up to 4096 samples; "
                        "jobs/README.md), nearer to what ridge converges to with very many samples",
                        one_of({"ridge", "process"})},
                       {"kernel-width", "WIDTH", "0.25", "width of the kernel that weights samples by cosine distance",
                        number(1e-6, 1e6)},
                       features_parameter(),
                       output_parameter("probability")},
                      {"seed"}},
                     explain,
                     [](const Parameters& parameters, Subject& /*grey*/) {
                       return Passes{.masked = parameters.integer("samples")};
                     },
                     {{"standard_error", true}, {"intercept"}, {"score"}}),
      refuse_too_many);
}

}  // namespace sightline::attribution

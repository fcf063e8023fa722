// Sensitivity-n (Ancona et al., arXiv 1711.06104): how well the summed relevance of a random set of n features predicts
// the drop of the target's logit when these features are removed. It is Pearson's correlation over `steps` random sets,
// averaged over n = 10, 30, 50, 70 and 90 % of the features. The features are 8 x 8 fields that the image is cut into.
// In
// [-1, 1]; NaN where a map is constant or not finite.

#include <array>
#include <cmath>
#include <memory>
#include <numeric>

#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "attribution/perturbation.hpp"
#include "attribution/quality/quality_metrics.hpp"
#include "base/shuffle.hpp"
#include "statistics/statistics.hpp"

namespace sightline::attribution {
namespace {

constexpr std::array shares = {0.1, 0.3, 0.5, 0.7, 0.9};  ///< of the fields that are removed
constexpr std::int64_t side = 8;                          ///< fields along each side of the image

/// A row with all fields present, then for every share `sets` rows from which that share of the fields is removed.
Coalitions random_sets(const Subject& subject, std::int64_t image, std::int64_t sets) {
  auto present = at::ones({static_cast<std::int64_t>(shares.size()) * sets + 1, side * side});
  std::int64_t row = 1;
  for (std::size_t share = 0; share < shares.size(); ++share) {
    const auto absent = static_cast<std::size_t>(std::lround(shares[share] * side * side));
    for (std::int64_t set = 0; set < sets; ++set, ++row) {
      std::vector<std::int64_t> fields(side * side);
      std::iota(fields.begin(), fields.end(), 0);
      base::shuffle(fields, subject.stream(fmt::format("sensitivity_n:{}:{}", share, set), image));
      for (std::size_t i = 0; i < absent; ++i) {
        present[row][fields[i]] = 0.0F;
      }
    }
  }
  return present;
}

/// For one image: the correlation between the removed relevance and the drop of the output, averaged over the shares.
double mean_correlation(const at::Tensor& fields, const Coalitions& present, const std::vector<double>& outputs,
                        std::int64_t sets) {
  const auto removed = at::matmul(1.0 - present.to(at::kDouble), fields);
  double total = 0.0;
  std::size_t first = 1;
  for (std::size_t share = 0; share < shares.size(); ++share) {
    std::vector<double> relevance;
    std::vector<double> drop;
    for (std::int64_t set = 0; set < sets; ++set, ++first) {
      relevance.push_back(removed[static_cast<std::int64_t>(first)].item<double>());
      drop.push_back(outputs[0] - outputs[first]);
    }
    total += statistics::pearson(relevance, drop);
  }
  return total / static_cast<double>(shares.size());
}

/// The model's outputs for all sets of a batch, which all maps of the batch share.
class SensitivityN {
 public:
  /// Evaluates the model on all sets: 5 * sets + 1 forward passes per image.
  SensitivityN(Subject& subject, std::int64_t sets);

  /// One number per image for the maps `relevance`, N x H x W.
  std::vector<double> operator()(const at::Tensor& relevance) const;

 private:
  std::int64_t sets_;
  at::Tensor fields_;                ///< H x W: which field each pixel belongs to
  std::vector<at::Tensor> present_;  ///< by image: (5 * sets + 1) x fields, 1 = present; the first row has all fields
  std::vector<std::vector<double>> outputs_;  ///< by image: the target's logit for each row of present_
};

SensitivityN::SensitivityN(Subject& subject, std::int64_t sets) : sets_(sets) {
  const SuperpixelRule rule{0, side, side};
  for (std::int64_t image = 0; image < subject.images(); ++image) {
    present_.push_back(random_sets(subject, image, sets));
  }
  outputs_ = evaluate(subject, rule, present_, /*probability=*/false);
  fields_ = subject.superpixels(rule, 0).labels;
}

std::vector<double> SensitivityN::operator()(const at::Tensor& relevance) const {
  std::vector<double> result;
  for (std::size_t image = 0; image < outputs_.size(); ++image) {
    auto fields = at::zeros({side * side}, at::kDouble);
    fields.index_add_(0, fields_.flatten(), relevance[static_cast<std::int64_t>(image)].flatten().to(at::kDouble));
    result.push_back(mean_correlation(fields, present_[image], outputs_[image], sets_));
  }
  return result;
}

}  // namespace

QualityMetric sensitivity_n() {
  return {"sensitivity_n", /*low_is_good=*/false, "5 --focus.steps + 1 forward passes per image",
          [](const JudgedBatch& batch) {
            // The model is asked with the first map: there may be none to judge in the batch.
            return [&subject = batch.subject, steps = batch.steps,
                    shared = std::shared_ptr<const SensitivityN>()](const at::Tensor& relevance) mutable {
              if (!shared) {
                shared = std::make_shared<const SensitivityN>(subject, steps);
              }
              return (*shared)(relevance);
            };
          }};
}

}  // namespace sightline::attribution

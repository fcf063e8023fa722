#include "stages/compare/agreement.hpp"

#include "base/nan.hpp"
#include "stages/compare/image_block.hpp"

namespace sightline::stages {
namespace {

/// What the agreement of models is made of, counted over some images.
struct Counts {
  explicit Counts(std::size_t models)
      : same(models * models), both(models * models), right(models), labelled(models), outcomes(4 * models * models) {}

  std::vector<std::int64_t> same;      ///< models x models: images of which both predict the same class
  std::vector<std::int64_t> both;      ///< models x models: images of which both predict a class
  std::vector<std::int64_t> right;     ///< by model: images whose label it predicts
  std::vector<std::int64_t> labelled;  ///< by model: images with a label of which it predicts a class
  /// models x models x 4: images with a label by what they are to both models, in the order of the members of
  /// statistics::RightAndWrong.
  std::vector<std::int64_t> outcomes;
};

Counts count(const Predictions& predictions, const std::vector<std::int32_t>& labels, const ImageBlock& block) {
  const auto models = predictions.size();
  Counts counts(models);
  for (std::size_t a = 0; a < models; ++a) {
    for (auto image = block.first; image < block.first + block.count; ++image) {
      const auto own = predictions[a][image];
      if (own < 0) {
        continue;
      }
      counts.labelled[a] += labels[image] >= 0 ? 1 : 0;
      counts.right[a] += labels[image] == own ? 1 : 0;
      for (std::size_t b = 0; b < models; ++b) {
        counts.same[a * models + b] += predictions[b][image] == own ? 1 : 0;
        counts.both[a * models + b] += predictions[b][image] >= 0 ? 1 : 0;
        if (labels[image] >= 0 && predictions[b][image] >= 0) {
          const std::size_t outcome = (labels[image] == own ? 0 : 2) + (labels[image] == predictions[b][image] ? 0 : 1);
          ++counts.outcomes[4 * (a * models + b) + outcome];
        }
      }
    }
  }
  return counts;
}

}  // namespace

void add_agreement(const comm::Communicator& ranks, const std::vector<std::int32_t>& labels, ComparisonResult& result) {
  const auto own = count(result.predictions, labels, block_of(ranks, result.images));
  const auto same = ranks.reduce(own.same);
  const auto both = ranks.reduce(own.both);
  const auto right = ranks.reduce(own.right);
  const auto labelled = ranks.reduce(own.labelled);
  const auto outcomes = ranks.reduce(own.outcomes);
  result.same_predictions.assign(same.begin(), same.end());
  result.both_predicted.assign(both.begin(), both.end());
  for (std::size_t model = 0; model < right.size(); ++model) {
    result.accuracy.push_back(
        labelled[model] > 0 ? static_cast<double>(right[model]) / static_cast<double>(labelled[model]) : base::nan);
  }
  for (auto counts = outcomes.begin(); counts != outcomes.end(); counts += 4) {
    result.right_and_wrong.push_back({counts[0], counts[1], counts[2], counts[3]});
  }
}

}  // namespace sightline::stages

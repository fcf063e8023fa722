#include "stages/bias/bias_findings.hpp"

#include <cmath>
#include <map>
#include <numeric>

#include "base/error.hpp"
#include "base/nan.hpp"
#include "statistics/bootstrap.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {
namespace {

using base::nan;

/// The wrong shares (see BiasFinding) of the pairs of two classes.
struct Shares {
  std::vector<double> defined;
  int undefined = 0;  ///< pairs whose map has no positive relevance
  /// The defined shares by the paths of the two images: that of the target class and that of the other class.
  std::map<std::pair<std::string, std::string>, double> by_images;

  /// The shares as a matrix, images of the target class x images of the other class; NaN where there is no pair.
  Eigen::MatrixXd table() const {
    std::map<std::string, Eigen::Index> rows;
    std::map<std::string, Eigen::Index> columns;
    for (const auto& [images, share] : by_images) {
      rows.try_emplace(images.first, static_cast<Eigen::Index>(rows.size()));
      columns.try_emplace(images.second, static_cast<Eigen::Index>(columns.size()));
    }
    Eigen::MatrixXd made = Eigen::MatrixXd::Constant(static_cast<Eigen::Index>(rows.size()),
                                                     static_cast<Eigen::Index>(columns.size()), nan);
    for (const auto& [images, share] : by_images) {
      made(rows.at(images.first), columns.at(images.second)) = share;
    }
    return made;
  }
};

/// The shares by target class and other class.
std::map<std::pair<int, int>, Shares> shares_by_classes(const FocusResult& result, const FocusScores& scores) {
  std::map<std::pair<int, int>, Shares> groups;
  for (std::size_t i = 0; i < scores.focus.size(); ++i) {
    const auto& pair = result.set->mosaics[i];
    auto& group = groups[{pair.target, pair.classes[1]}];
    if (!std::isnan(scores.focus[i])) {
      group.defined.push_back(1.0 - scores.focus[i]);
      group.by_images[{pair.paths[0], pair.paths[1]}] = group.defined.back();
    } else if (scores.done[i]) {
      ++group.undefined;
    }
  }
  return groups;
}

/// Sets the mean and its interval.
void add_interval(const Shares& shares, const job::JobConfig& config, BiasFinding& finding) {
  const auto& all = shares.defined;
  if (all.empty()) {
    return;
  }
  finding.mean = std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
  if (config.focus.resamples > 0) {
    const auto resampled =
        statistics::resample_crossed(shares.table(), static_cast<std::size_t>(config.focus.resamples), config.seed);
    const auto limits = statistics::intervals(resampled, config.focus.confidence);
    finding.low = limits.low.front();
    finding.high = limits.high.front();
  }
}

}  // namespace

std::vector<BiasFinding> find_bias(const FocusResult& result, const std::vector<focus::Prediction>& images,
                                   const job::JobConfig& config) {
  std::vector<BiasFinding> findings;
  for (const auto& scores : result.scores) {
    for (const auto& [classes, shares] : shares_by_classes(result, scores)) {
      BiasFinding finding{result.models[scores.model].name,
                          scores.method,
                          classes.first,
                          classes.second,
                          shares.defined.size(),
                          shares.undefined};
      finding.confusion = focus::confusion(images, finding.target, finding.other, config.focus.confidence);
      add_interval(shares, config, finding);
      // The worst images of a model are often outliers. A bias is suspected only where many images are confused.
      const bool frequent =
          finding.confusion.confused >= focus::min_confused && finding.confusion.low > config.bias.prevalence;
      finding.suspected = frequent && (config.focus.resamples > 0 ? finding.low : finding.mean) > 0.5;
      if (finding.suspected) {
        finding.kinds = kinds_of_bias(scores, *result.set, finding.target, finding.other);
      }
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

std::string describe(const BiasFinding& finding, const job::JobConfig& config) {
  const auto interval =
      config.focus.resamples > 0 ? fmt::format(" ({:.0f} to {:.0f} %)", 100.0 * finding.low, 100.0 * finding.high) : "";
  const auto kinds =
      finding.kinds.kinds > 1 ? fmt::format("; it sees {} different things there", finding.kinds.kinds) : "";
  return fmt::format(
      "{}: by {}, {:.0f} % of what speaks for class {} lies on images of class {}{}, of which {} of {} are taken "
      "for it{}",
      finding.model, finding.method, 100.0 * finding.mean, finding.target, finding.other, interval,
      finding.confusion.confused, finding.confusion.images, kinds);
}

std::vector<focus::Prediction> read_predicted(const std::filesystem::path& file, const std::string& model,
                                              const images::ImageList& list) {
  const auto store = store::Explanations::open_to_read(file);
  const auto labels = store.image_labels();
  const auto status = store.status(model, "");
  const auto paths = list.paths();
  const auto rows = store.rows_of(paths);
  std::vector<focus::Prediction> images;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const auto i = rows[k];
    if (status[i] == 0 || labels[i] < 0) {
      continue;
    }
    const auto prediction = store.read_prediction(model, i);
    if (prediction.prediction < 0) {
      continue;  // its logits are not finite
    }
    const auto& logits = prediction.logits;
    const auto label = static_cast<std::size_t>(labels[i]);
    if (label >= logits.size()) {
      throw base::input_error("images: {} has the label {}, but {} has {} classes", paths[k], labels[i], model,
                              logits.size());
    }
    focus::Prediction image{paths[k], labels[i], probability_of(logits, labels[i])};
    for (std::size_t c = 0; c < logits.size(); ++c) {
      const bool better = image.rival < 0 || logits[c] > logits[static_cast<std::size_t>(image.rival)];
      image.rival = c != label && better ? static_cast<int>(c) : image.rival;
    }
    image.confused = image.rival >= 0 && logits[static_cast<std::size_t>(image.rival)] > logits[label];
    images.push_back(std::move(image));
  }
  return images;
}

}  // namespace sightline::stages

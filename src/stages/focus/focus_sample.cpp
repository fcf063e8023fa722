#include "stages/focus/focus_sample.hpp"

#include <cmath>
#include <numeric>
#include <set>

#include "base/nan.hpp"
#include "statistics/statistics.hpp"

namespace sightline::stages {
namespace {

using base::nan;

}  // namespace

void ScoreSample::add(double value) {
  if (std::isnan(value)) {
    ++undefined;
  } else {
    values.push_back(value);
  }
}

void ScoreSample::add(const FocusScores& scores, std::size_t mosaic) {
  if (scores.done[mosaic]) {
    add(scores.focus[mosaic]);
  }
}

double ScoreSample::mean() const {
  return values.empty() ? nan : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double ScoreSample::percentile(double percent) const {
  return values.empty() ? nan : statistics::percentile(values, percent);
}

double ScoreSample::variance() const {
  const auto centre = mean();
  double sum = 0.0;
  for (const auto value : values) {
    sum += (value - centre) * (value - centre);
  }
  return values.size() < 2 ? nan : sum / static_cast<double>(values.size() - 1);
}

ScoreSample sample_of(const FocusScores& scores) {
  ScoreSample sample;
  for (std::size_t mosaic = 0; mosaic < scores.focus.size(); ++mosaic) {
    sample.add(scores, mosaic);
  }
  return sample;
}

std::vector<double> means_of_draws(const FocusScores& scores, const std::vector<std::vector<std::size_t>>& draws) {
  std::vector<double> means;
  means.reserve(draws.size());
  for (const auto& draw : draws) {
    ScoreSample sample;
    for (const auto mosaic : draw) {
      sample.add(scores.focus[mosaic]);
    }
    means.push_back(sample.mean());
  }
  return means;
}

std::vector<std::map<std::string, std::size_t>> complete_draws(const focus::MosaicSet& set) {
  std::set<std::string> arrangements;
  for (const auto& mosaic : set.mosaics) {
    arrangements.insert(mosaic.arrangement());
  }
  std::vector<std::map<std::string, std::size_t>> complete;
  for (const auto& draw : focus::group_by_draw(set)) {
    std::map<std::string, std::size_t> mosaics;
    for (const auto mosaic : draw) {
      mosaics[set.mosaics[mosaic].arrangement()] = mosaic;
    }
    if (mosaics.size() == arrangements.size() && arrangements.size() > 1) {
      complete.push_back(std::move(mosaics));
    }
  }
  return complete;
}

}  // namespace sightline::stages

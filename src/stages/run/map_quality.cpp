#include "stages/run/map_quality.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/find_named.hpp"
#include "focus/score.hpp"

namespace sightline::stages {
namespace {

std::vector<double> pointing_games(const JudgedMaps& maps) {
  const auto plain = maps.relevance.contiguous();
  const auto height = plain.size(1);
  const auto width = plain.size(2);
  std::vector<double> hits;
  for (std::int64_t i = 0; i < plain.size(0); ++i) {
    const std::span pixels(plain.const_data_ptr<float>() + i * height * width,
                           static_cast<std::size_t>(height * width));
    hits.push_back(focus::pointing_game(pixels, static_cast<int>(height), static_cast<int>(width),
                                        {maps.set.rows, maps.set.columns},
                                        maps.set.mosaics[maps.first + static_cast<std::size_t>(i)].is_target()));
  }
  return hits;
}

std::vector<double> sensitivities(const JudgedMaps& maps) {
  if (!maps.sensitivity) {
    maps.sensitivity.emplace(maps.subject, maps.steps);
  }
  return (*maps.sensitivity)(maps.relevance);
}

}  // namespace

const std::vector<QualityMetric>& quality_metrics() {
  using attribution::deletion;
  using attribution::insertion;
  static const std::vector<QualityMetric> metrics = {
      {"pointing_game", false, pointing_games},
      {"deletion", true, [](const JudgedMaps& maps) { return deletion(maps.subject, maps.relevance, maps.steps); }},
      {"insertion", false, [](const JudgedMaps& maps) { return insertion(maps.subject, maps.relevance, maps.steps); }},
      {"sensitivity_n", false, sensitivities},
  };
  return metrics;
}

const QualityMetric& find_quality_metric(const std::string& name) {
  return base::find_named(quality_metrics(), name, &QualityMetric::name, [](const base::UnknownName& unknown) {
    return base::usage_error("focus.metrics: {}", unknown.not_one_of());
  });
}

}  // namespace sightline::stages

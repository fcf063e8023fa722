#include "stages/focus/focus_rankings.hpp"

#include <algorithm>
#include <cmath>

#include "attribution/quality/quality_metrics.hpp"
#include "base/nan.hpp"
#include "base/text.hpp"
#include "stages/focus/focus_sample.hpp"
#include "statistics/rank_tests.hpp"

namespace sightline::stages {
namespace {

using base::nan;
using base::python_number;
using Table = base::CsvTable;

/// Adds a block of Friedman's test unless one of its scores is undefined.
void add_complete(std::vector<std::vector<double>>& blocks, std::vector<double> block) {
  if (std::none_of(block.begin(), block.end(), [](double value) { return std::isnan(value); })) {
    blocks.push_back(std::move(block));
  }
}

/// The scores of one model.
std::vector<const FocusScores*> methods_of(const FocusResult& result, std::size_t model) {
  std::vector<const FocusScores*> methods;
  for (const auto& scores : result.scores) {
    if (scores.model == model) {
      methods.push_back(&scores);
    }
  }
  return methods;
}

/// Whether more than half of the scores are defined.
bool mostly_defined(const FocusScores& scores) {
  const auto sample = sample_of(scores);
  return sample.values.size() > sample.undefined;
}

/// Friedman's test of the methods. Its blocks are the draws for which every method has a score.
statistics::Friedman compare_methods(const std::vector<const FocusScores*>& methods,
                                     const std::vector<std::vector<std::size_t>>& draws) {
  std::vector<std::vector<double>> means;
  means.reserve(methods.size());
  for (const auto* scores : methods) {
    means.push_back(means_of_draws(*scores, draws));
  }
  std::vector<std::vector<double>> blocks;
  for (std::size_t draw = 0; draw < draws.size() && !means.empty(); ++draw) {
    std::vector<double> block;
    block.reserve(means.size());
    for (const auto& of_method : means) {
      block.push_back(-of_method[draw]);  // rank 1 is the best
    }
    add_complete(blocks, std::move(block));
  }
  auto test = statistics::friedman(blocks);
  test.mean_ranks.resize(methods.size(), nan);  // where no draw has a score by every method
  return test;
}

/// The values of one metric on the mosaics that have a record.
ScoreSample quality_of(const FocusScores& scores, const std::string& metric) {
  ScoreSample sample;
  for (std::size_t mosaic = 0; mosaic < scores.done.size(); ++mosaic) {
    if (scores.done[mosaic]) {
      sample.add(metric == "focus" ? scores.focus[mosaic] : scores.quality.at(metric)[mosaic]);
    }
  }
  return sample;
}

/// Focus, and the quality metrics that all of the methods have.
std::vector<std::string> metrics_of(const std::vector<const FocusScores*>& methods) {
  std::vector<std::string> names = {"focus"};
  for (const auto& metric : attribution::quality_metrics()) {
    if (!methods.empty() && std::all_of(methods.begin(), methods.end(), [&](const FocusScores* scores) {
          return scores->quality.count(metric.name) != 0;
        })) {
      names.push_back(metric.name);
    }
  }
  return names;
}

bool low_is_good(const std::string& metric) {
  return metric != "focus" && attribution::find_quality_metric(metric).low_is_good;
}

/// The mean of a metric for each method, with the sign changed where low values are good: a larger value is better.
std::vector<double> oriented_means(const std::vector<const FocusScores*>& methods, const std::string& metric) {
  std::vector<double> means;
  for (const auto* scores : methods) {
    const auto mean = quality_of(*scores, metric).mean();
    means.push_back(low_is_good(metric) ? -mean : mean);
  }
  return means;
}

/// Kendall's tau over the entries that are defined in both, and their number. NaN for fewer than two.
std::pair<double, std::size_t> agreement(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> both_a;
  std::vector<double> both_b;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isnan(a[i]) && !std::isnan(b[i])) {
      both_a.push_back(a[i]);
      both_b.push_back(b[i]);
    }
  }
  return {both_a.size() < 2 ? nan : statistics::kendall(both_a, both_b), both_a.size()};
}

}  // namespace

std::optional<Table> position_test_table(const FocusResult& result) {
  const auto draws = complete_draws(*result.set);
  if (draws.empty()) {
    return std::nullopt;
  }
  Table table({"model", "method", "draws", "arrangements", "friedman", "p"});
  for (const auto& scores : result.scores) {
    std::vector<std::vector<double>> blocks;
    for (const auto& mosaics : draws) {
      std::vector<double> block;
      block.reserve(mosaics.size());
      for (const auto& [arrangement, mosaic] : mosaics) {
        block.push_back(scores.focus[mosaic]);
      }
      add_complete(blocks, std::move(block));
    }
    const auto test = statistics::friedman(blocks);
    table.add({result.models[scores.model].name, scores.method, std::to_string(test.blocks),
               std::to_string(draws.front().size()), python_number(test.statistic), python_number(test.p)});
  }
  return table;
}

MethodRanking rank_methods(const FocusResult& result) {
  Table ranking({"model", "method", "mean_rank", "mosaics", "friedman", "p"});
  const auto draws = focus::group_by_draw(*result.set);
  Table pairs({"model", "method_a", "method_b", "rank_difference", "p_nemenyi"});
  for (std::size_t model = 0; model < result.models.size(); ++model) {
    auto methods = methods_of(result, model);
    if (methods.size() < 2) {
      continue;
    }
    const auto& name = result.models[model].name;
    const auto last = std::stable_partition(methods.begin(), methods.end(),
                                            [](const FocusScores* scores) { return mostly_defined(*scores); });
    for (auto unranked = last; unranked != methods.end(); ++unranked) {
      ranking.add({name, (*unranked)->method, python_number(nan), "0", python_number(nan), python_number(nan)});
    }
    methods.erase(last, methods.end());
    const auto test = compare_methods(methods, draws);
    for (std::size_t a = 0; a < methods.size(); ++a) {
      ranking.add({name, methods[a]->method, python_number(test.mean_ranks[a]), std::to_string(test.blocks),
                   python_number(test.statistic), python_number(test.p)});
      for (std::size_t b = a + 1; b < methods.size() && test.blocks >= 2; ++b) {
        const auto difference = test.mean_ranks[a] - test.mean_ranks[b];
        pairs.add({name, methods[a]->method, methods[b]->method, python_number(difference),
                   python_number(statistics::nemenyi(difference, methods.size(), test.blocks))});
      }
    }
  }
  return {ranking, pairs};
}

Table quality_table(const FocusResult& result) {
  Table table({"model", "method", "metric", "best", "mosaics", "undefined", "mean", "median", "q1", "q3"});
  for (std::size_t model = 0; model < result.models.size(); ++model) {
    const auto methods = methods_of(result, model);
    const auto metrics = metrics_of(methods);
    for (std::size_t m = 0; m < metrics.size() && metrics.size() > 1; ++m) {
      for (const auto* scores : methods) {
        const auto sample = quality_of(*scores, metrics[m]);
        table.add({result.models[model].name, scores->method, metrics[m], low_is_good(metrics[m]) ? "low" : "high",
                   std::to_string(sample.values.size()), std::to_string(sample.undefined), python_number(sample.mean()),
                   python_number(sample.percentile(50)), python_number(sample.percentile(25)),
                   python_number(sample.percentile(75))});
      }
    }
  }
  return table;
}

Table metric_agreement_table(const FocusResult& result) {
  Table table({"model", "metric_a", "metric_b", "methods", "kendall_tau"});
  for (std::size_t model = 0; model < result.models.size(); ++model) {
    const auto methods = methods_of(result, model);
    const auto metrics = metrics_of(methods);
    for (std::size_t a = 0; a < metrics.size() && methods.size() > 1; ++a) {
      for (std::size_t b = a + 1; b < metrics.size(); ++b) {
        const auto [tau, count] = agreement(oriented_means(methods, metrics[a]), oriented_means(methods, metrics[b]));
        table.add({result.models[model].name, metrics[a], metrics[b], std::to_string(count), python_number(tau)});
      }
    }
  }
  return table;
}

}  // namespace sightline::stages

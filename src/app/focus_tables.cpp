#include "app/focus_tables.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "app/map_quality.hpp"
#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/random.hpp"
#include "base/statistics.hpp"
#include "base/text.hpp"
#include "comparison/bootstrap.hpp"
#include "focus/rank_tests.hpp"

namespace sightline::app {
namespace {

using base::python_number;
using Table = base::CsvTable;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Some mosaics' scores: the defined ones, and how many are not.
struct Sample {
  std::vector<double> values;
  std::size_t undefined = 0;

  void add(double value) {
    if (std::isnan(value)) {
      ++undefined;
    } else {
      values.push_back(value);
    }
  }
  void add(const FocusScores& scores, std::size_t mosaic) {
    if (scores.done[mosaic]) {
      add(scores.focus[mosaic]);
    }
  }
  double mean() const {
    return values.empty() ? nan
                          : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }
  double percentile(double percent) const { return values.empty() ? nan : base::percentile(values, percent); }
  double variance() const {
    const auto centre = mean();
    double sum = 0.0;
    for (const auto value : values) {
      sum += (value - centre) * (value - centre);
    }
    return values.size() < 2 ? nan : sum / static_cast<double>(values.size() - 1);
  }
};

Sample all_of(const FocusScores& scores) {
  Sample sample;
  for (std::size_t mosaic = 0; mosaic < scores.focus.size(); ++mosaic) {
    sample.add(scores, mosaic);
  }
  return sample;
}

/// The expected Focus of a map that knows nothing: the share of the target's tiles.
double chance(const focus::MosaicSet& set) {
  double sum = 0.0;
  for (const auto& mosaic : set.mosaics) {
    const auto targets = std::count(mosaic.classes.begin(), mosaic.classes.end(), mosaic.target);
    sum += static_cast<double>(targets) / static_cast<double>(mosaic.classes.size());
  }
  return sum / static_cast<double>(set.mosaics.size());
}

/// Why a method cannot score on such a model, whatever it has learnt; empty = it can.
std::string note(const FocusScores& scores, std::int64_t classes) {
  if (scores.reads == attribution::Reads::nothing) {
    return "its maps are the same for every class: chance by construction";
  }
  if (scores.reads == attribution::Reads::magnitude && classes == 2) {
    return "magnitudes: where two classes mirror each other, the same for both: chance by construction";
  }
  return {};
}

/// The mean over each draw's arrangements: values that are independent. NaN where none is defined.
std::vector<double> means_of_draws(const FocusResult& result, const FocusScores& scores) {
  std::vector<double> means;
  for (const auto& draw : focus::draws(*result.set)) {
    Sample sample;
    for (const auto mosaic : draw) {
      sample.add(scores.focus[mosaic]);
    }
    means.push_back(sample.mean());
  }
  return means;
}

/// Of the mean of every model and method, over the draws that have a score; NaN without any.
comparison::Intervals intervals_of(const FocusResult& result, const job::JobConfig& config) {
  const auto rows = result.scores.size();
  comparison::Intervals all{std::vector<double>(rows, nan), std::vector<double>(rows, nan)};
  for (std::size_t i = 0; i < rows && config.focus_resamples > 0; ++i) {
    const auto means = means_of_draws(result, result.scores[i]);
    std::vector<float> values(means.begin(), means.end());
    std::erase_if(values, [](float value) { return std::isnan(value); });
    if (!values.empty()) {
      const auto resampled = comparison::resample({values, 1, values.size()},
                                                  static_cast<std::size_t>(config.focus_resamples), config.seed);
      const auto limits = comparison::intervals(resampled.mean, config.focus_confidence);
      all.low[i] = limits.low.front();
      all.high[i] = limits.high.front();
    }
  }
  return all;
}

Table summary(const FocusResult& result, const comparison::Intervals& limits) {
  Table table({"model", "method", "mosaics", "undefined", "mean", "low", "high", "median", "q1", "q3", "variance",
               "chance", "note"});
  for (std::size_t i = 0; i < result.scores.size(); ++i) {
    const auto& scores = result.scores[i];
    const auto& model = result.models[scores.model];
    const auto sample = all_of(scores);
    table.add({model.name, scores.method, std::to_string(sample.values.size()), std::to_string(sample.undefined),
               python_number(sample.mean()), python_number(limits.low[i]), python_number(limits.high[i]),
               python_number(sample.percentile(50)), python_number(sample.percentile(25)),
               python_number(sample.percentile(75)), python_number(sample.variance()),
               python_number(chance(*result.set)), note(scores, model.classes)});
  }
  return table;
}

Table mosaics(const FocusResult& result) {
  Table table({"mosaic", "arrangement", "target", "model", "method", "focus", "target_probability", "prediction"});
  for (const auto& scores : result.scores) {
    const auto& model = result.models[scores.model];
    for (std::size_t i = 0; i < scores.focus.size(); ++i) {
      const auto& mosaic = result.set->mosaics[i];
      if (scores.done[i]) {
        table.add({mosaic.name, mosaic.arrangement(), std::to_string(mosaic.target), model.name, scores.method,
                   python_number(scores.focus[i]), python_number(model.target_probability[i]),
                   std::to_string(model.prediction[i])});
      }
    }
  }
  return table;
}

using Groups = std::map<std::string, std::vector<std::size_t>>;  ///< mosaics

/// By what `name_of` says of each mosaic.
template <typename NameOf>
Groups grouped(const focus::MosaicSet& set, const NameOf& name_of) {
  Groups groups;
  for (std::size_t i = 0; i < set.mosaics.size(); ++i) {
    groups[name_of(set.mosaics[i])].push_back(i);
  }
  return groups;
}

/// One row for each model, method and group of mosaics.
Table by_group(const FocusResult& result, const std::string& title, const Groups& groups) {
  Table table({"model", "method", title, "mosaics", "undefined", "mean", "median", "q1", "q3"});
  for (const auto& scores : result.scores) {
    for (const auto& [name, mosaics] : groups) {
      Sample sample;
      for (const auto mosaic : mosaics) {
        sample.add(scores, mosaic);
      }
      table.add({result.models[scores.model].name, scores.method, name, std::to_string(sample.values.size()),
                 std::to_string(sample.undefined), python_number(sample.mean()), python_number(sample.percentile(50)),
                 python_number(sample.percentile(25)), python_number(sample.percentile(75))});
    }
  }
  return table;
}

/// A block with an undefined score takes no part in Friedman's test.
void add_complete(std::vector<std::vector<double>>& blocks, std::vector<double> block) {
  if (std::none_of(block.begin(), block.end(), [](double value) { return std::isnan(value); })) {
    blocks.push_back(std::move(block));
  }
}

std::string arrangement_of(const focus::Mosaic& mosaic) {
  return mosaic.arrangement();
}

/// Draws that were laid in every arrangement: mosaic by arrangement. Empty where all mosaics have the same.
std::vector<std::map<std::string, std::size_t>> complete_draws(const focus::MosaicSet& set) {
  const auto arrangements = grouped(set, arrangement_of).size();
  std::vector<std::map<std::string, std::size_t>> complete;
  for (const auto& draw : focus::draws(set)) {
    std::map<std::string, std::size_t> mosaics;
    for (const auto mosaic : draw) {
      mosaics[set.mosaics[mosaic].arrangement()] = mosaic;
    }
    if (mosaics.size() == arrangements && arrangements > 1) {
      complete.push_back(std::move(mosaics));
    }
  }
  return complete;
}

/// By arrangement, and each complete draw in one at random, as mosaics are drawn else.
Groups positions(const focus::MosaicSet& set, std::uint64_t seed) {
  auto groups = grouped(set, arrangement_of);
  const base::NumberStream stream("focus.positions", seed);
  std::uint64_t number = 0;
  for (const auto& draw : complete_draws(set)) {
    const auto chosen = stream.below(draw.size(), number++);
    groups["random"].push_back(std::next(draw.begin(), static_cast<std::ptrdiff_t>(chosen))->second);
  }
  return groups;
}

/// Friedman's test over draws that were laid in every arrangement. Nothing when there are none.
std::optional<Table> position_test(const FocusResult& result) {
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
    const auto test = focus::friedman(blocks);
    table.add({result.models[scores.model].name, scores.method, std::to_string(test.blocks),
               std::to_string(draws.front().size()), python_number(test.statistic), python_number(test.p)});
  }
  return table;
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

/// Methods without a score on most of the mosaics take no part in the ranking: they would take the others' with them.
bool has_a_rank(const FocusScores& scores) {
  const auto sample = all_of(scores);
  return sample.values.size() > sample.undefined;
}

/// Over the draws for which every one of the methods has a score.
focus::Friedman compare_methods(const FocusResult& result, const std::vector<const FocusScores*>& methods) {
  std::vector<std::vector<double>> means;
  means.reserve(methods.size());
  for (const auto* scores : methods) {
    means.push_back(means_of_draws(result, *scores));
  }
  std::vector<std::vector<double>> blocks;
  for (std::size_t draw = 0; !means.empty() && draw < means.front().size(); ++draw) {
    std::vector<double> block;
    block.reserve(means.size());
    for (const auto& of_method : means) {
      block.push_back(-of_method[draw]);  // rank 1 is the best
    }
    add_complete(blocks, std::move(block));
  }
  auto test = focus::friedman(blocks);
  test.mean_ranks.resize(methods.size(), nan);  // no draw with a score by every method
  return test;
}

void write_rankings(const std::filesystem::path& tables, const FocusResult& result) {
  Table ranking({"model", "method", "mean_rank", "draws", "friedman", "p"});
  Table pairs({"model", "method_a", "method_b", "rank_difference", "p_nemenyi"});
  for (std::size_t model = 0; model < result.models.size(); ++model) {
    auto methods = methods_of(result, model);
    if (methods.size() < 2) {
      continue;
    }
    const auto& name = result.models[model].name;
    const auto last = std::stable_partition(methods.begin(), methods.end(),
                                            [](const FocusScores* scores) { return has_a_rank(*scores); });
    for (auto unranked = last; unranked != methods.end(); ++unranked) {
      ranking.add({name, (*unranked)->method, python_number(nan), "0", python_number(nan), python_number(nan)});
    }
    methods.erase(last, methods.end());
    const auto test = compare_methods(result, methods);
    for (std::size_t a = 0; a < methods.size(); ++a) {
      ranking.add({name, methods[a]->method, python_number(test.mean_ranks[a]), std::to_string(test.blocks),
                   python_number(test.statistic), python_number(test.p)});
      for (std::size_t b = a + 1; b < methods.size() && test.blocks >= 2; ++b) {
        const auto difference = test.mean_ranks[a] - test.mean_ranks[b];
        pairs.add({name, methods[a]->method, methods[b]->method, python_number(difference),
                   python_number(focus::nemenyi(difference, methods.size(), test.blocks))});
      }
    }
  }
  base::write_text(tables / "focus_ranking.csv", ranking.text());
  base::write_text(tables / "focus_nemenyi.csv", pairs.text());
}

Sample quality_of(const FocusScores& scores, const std::string& metric) {
  Sample sample;
  for (std::size_t mosaic = 0; mosaic < scores.done.size(); ++mosaic) {
    if (scores.done[mosaic]) {
      sample.add(metric == "focus" ? scores.focus[mosaic] : scores.quality.at(metric)[mosaic]);
    }
  }
  return sample;
}

/// Of every metric that was asked for, beside Focus.
std::vector<std::string> metrics_of(const std::vector<const FocusScores*>& methods) {
  std::vector<std::string> names = {"focus"};
  for (const auto& metric : quality_metrics()) {
    if (!methods.empty() && std::all_of(methods.begin(), methods.end(), [&](const FocusScores* scores) {
          return scores->quality.count(metric.name) != 0;
        })) {
      names.push_back(metric.name);
    }
  }
  return names;
}

bool low_is_good(const std::string& metric) {
  return metric != "focus" && find_quality_metric(metric).low_is_good;
}

/// Means that rank methods, the best the largest.
std::vector<double> goodness(const std::vector<const FocusScores*>& methods, const std::string& metric) {
  std::vector<double> means;
  for (const auto* scores : methods) {
    const auto mean = quality_of(*scores, metric).mean();
    means.push_back(low_is_good(metric) ? -mean : mean);
  }
  return means;
}

/// Kendall's tau over what both have a number for, and how many those are.
std::pair<double, std::size_t> agreement(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> both_a;
  std::vector<double> both_b;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isnan(a[i]) && !std::isnan(b[i])) {
      both_a.push_back(a[i]);
      both_b.push_back(b[i]);
    }
  }
  return {both_a.size() < 2 ? nan : focus::kendall(both_a, both_b), both_a.size()};
}

/// By model, method and metric; only of models whose maps were judged by more than Focus.
Table quality(const FocusResult& result) {
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

/// Kendall's tau of how two metrics rank a model's methods.
Table metric_agreement(const FocusResult& result) {
  Table table({"model", "metric_a", "metric_b", "methods", "kendall_tau"});
  for (std::size_t model = 0; model < result.models.size(); ++model) {
    const auto methods = methods_of(result, model);
    const auto metrics = metrics_of(methods);
    for (std::size_t a = 0; a < metrics.size() && methods.size() > 1; ++a) {
      for (std::size_t b = a + 1; b < metrics.size(); ++b) {
        const auto [tau, count] = agreement(goodness(methods, metrics[a]), goodness(methods, metrics[b]));
        table.add({result.models[model].name, metrics[a], metrics[b], std::to_string(count), python_number(tau)});
      }
    }
  }
  return table;
}

Table confidence(const FocusResult& result) {
  Table table({"model", "method", "correlation_with_probability", "correlation_with_accuracy", "mean_right", "right",
               "mean_wrong", "wrong"});
  for (const auto& scores : result.scores) {
    const auto& model = result.models[scores.model];
    std::vector<double> focus;
    std::vector<double> probability;
    std::vector<double> correct;
    Sample right;
    Sample wrong;
    for (std::size_t i = 0; i < scores.focus.size(); ++i) {
      const bool is_right = model.prediction[i] == result.set->mosaics[i].target;
      (is_right ? right : wrong).add(scores, i);
      if (!std::isnan(scores.focus[i]) && !std::isnan(model.target_probability[i])) {
        focus.push_back(scores.focus[i]);
        probability.push_back(model.target_probability[i]);
        correct.push_back(is_right ? 1.0 : 0.0);
      }
    }
    table.add({model.name, scores.method, python_number(base::pearson(focus, probability)),
               python_number(base::pearson(focus, correct)), python_number(right.mean()),
               std::to_string(right.values.size()), python_number(wrong.mean()), std::to_string(wrong.values.size())});
  }
  return table;
}

/// Trained models against themselves with random layers (MODEL@random=SHARE). Nothing when there are no such models.
std::optional<Table> randomisation(const FocusResult& result, const comparison::Intervals& limits) {
  Table table({"model", "method", "random_share", "mosaics", "mean_trained", "mean_random", "random_low", "random_high",
               "trained_is_higher"});
  bool any = false;
  for (std::size_t i = 0; i < result.scores.size(); ++i) {
    const auto& scores = result.scores[i];
    const auto& name = result.models[scores.model].name;
    const auto at = name.find("@random=");
    const auto trained = std::find_if(result.scores.begin(), result.scores.end(), [&](const FocusScores& other) {
      return result.models[other.model].name == name.substr(0, at) && other.method == scores.method;
    });
    if (at == std::string::npos || trained == result.scores.end()) {
      continue;
    }
    any = true;
    double higher = 0.0;
    double both = 0.0;
    for (std::size_t mosaic = 0; mosaic < scores.focus.size(); ++mosaic) {
      const auto difference = trained->focus[mosaic] - scores.focus[mosaic];
      if (!std::isnan(difference)) {
        both += 1.0;
        higher += difference > 0.0 ? 1.0 : difference == 0.0 ? 0.5 : 0.0;
      }
    }
    const auto sample = all_of(scores);
    table.add({name.substr(0, at), scores.method, name.substr(at + std::string("@random=").size()),
               std::to_string(sample.values.size()), python_number(all_of(*trained).mean()),
               python_number(sample.mean()), python_number(limits.low[i]), python_number(limits.high[i]),
               python_number(both > 0.0 ? higher / both : nan)});
  }
  return any ? std::optional(table) : std::nullopt;
}

}  // namespace

void write_focus_tables(const std::filesystem::path& tables, const FocusResult& result, const job::JobConfig& config) {
  base::make_writable_folder(tables);
  const auto limits = intervals_of(result, config);
  const auto write = [&](const std::optional<Table>& table, const char* name) {
    if (table) {
      base::write_text(tables / name, table->text());
    } else {
      std::filesystem::remove(tables / name);  // of an earlier run
    }
  };
  write(mosaics(result), "focus_mosaics.csv");
  write(summary(result, limits), "focus_summary.csv");
  const auto class_of = [](const focus::Mosaic& mosaic) { return std::to_string(mosaic.target); };
  write(by_group(result, "class", grouped(*result.set, class_of)), "focus_classes.csv");
  write(by_group(result, "arrangement", positions(*result.set, config.seed)), "focus_positions.csv");
  write(position_test(result), "focus_position_test.csv");
  write(confidence(result), "focus_confidence.csv");
  write(randomisation(result, limits), "focus_randomisation.csv");
  const auto judged = quality(result);
  write(judged.empty() ? std::nullopt : std::optional(judged), "focus_quality.csv");
  write(judged.empty() ? std::nullopt : std::optional(metric_agreement(result)), "focus_metric_agreement.csv");
  write_rankings(tables, result);
}

std::string focus_overview(const FocusResult& result) {
  auto text =
      fmt::format("\nFocus, {} mosaics, chance {:.2f}\n  {:<32} {:<22} {:>7} {:>7} {:>9}\n", result.set->mosaics.size(),
                  chance(*result.set), "model", "method", "mean", "median", "undefined");
  for (const auto& scores : result.scores) {
    const auto sample = all_of(scores);
    text += fmt::format("  {:<32} {:<22} {:>7.3f} {:>7.3f} {:>9}\n", result.models[scores.model].name, scores.method,
                        sample.mean(), sample.percentile(50), sample.undefined);
  }
  return text;
}

}  // namespace sightline::app

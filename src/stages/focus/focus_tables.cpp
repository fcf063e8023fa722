#include "stages/focus/focus_tables.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/nan.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "stages/focus/focus_rankings.hpp"
#include "stages/focus/focus_sample.hpp"
#include "statistics/bootstrap.hpp"
#include "statistics/statistics.hpp"

namespace sightline::stages {
namespace {

using base::nan;
using base::python_number;
using Table = base::CsvTable;

/// The expected Focus score of a map that is independent of the target: the share of tiles that show the target class.
double chance(const focus::MosaicSet& set) {
  double sum = 0.0;
  for (const auto& mosaic : set.mosaics) {
    const auto targets = std::count(mosaic.classes.begin(), mosaic.classes.end(), mosaic.target);
    sum += static_cast<double>(targets) / static_cast<double>(mosaic.classes.size());
  }
  return sum / static_cast<double>(set.mosaics.size());
}

/// Why the method's score is at chance by construction on a model with this number of classes; empty = it is not.
std::string note(const FocusScores& scores, std::int64_t classes) {
  if (scores.reads == attribution::Reads::nothing) {
    return "its maps are the same for every class: chance by construction";
  }
  if (scores.reads == attribution::Reads::magnitude && classes == 2) {
    return "magnitudes: where two classes mirror each other, the same for both: chance by construction";
  }
  return {};
}

/// The bootstrap intervals of the mean score, by entry of result.scores. Draws are resampled, since scores of the same
/// draw depend on each other. NaN when no draw has a score or without resamples.
statistics::Intervals intervals_of(const FocusResult& result, const job::JobConfig& config) {
  const auto rows = result.scores.size();
  const auto draws = focus::group_by_draw(*result.set);
  statistics::Intervals all{std::vector<double>(rows, nan), std::vector<double>(rows, nan)};
  for (std::size_t i = 0; i < rows && config.focus.resamples > 0; ++i) {
    const auto means = means_of_draws(result.scores[i], draws);
    std::vector<float> values(means.begin(), means.end());
    std::erase_if(values, [](float value) { return std::isnan(value); });
    if (!values.empty()) {
      const auto resampled = statistics::resample({values, 1, values.size()},
                                                  static_cast<std::size_t>(config.focus.resamples), config.seed);
      const auto limits = statistics::intervals(resampled.mean, config.focus.confidence);
      all.low[i] = limits.low.front();
      all.high[i] = limits.high.front();
    }
  }
  return all;
}

Table summary(const FocusResult& result, const statistics::Intervals& limits) {
  Table table({"model", "method", "mosaics", "undefined", "mean", "low", "high", "median", "q1", "q3", "variance",
               "chance", "note"});
  for (std::size_t i = 0; i < result.scores.size(); ++i) {
    const auto& scores = result.scores[i];
    const auto& model = result.models[scores.model];
    const auto sample = sample_of(scores);
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

using Groups = std::map<std::string, std::vector<std::size_t>>;  ///< indices of mosaics by name of the group

/// The mosaics grouped by `name_of(mosaic)`.
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
      ScoreSample sample;
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

std::string arrangement_of(const focus::Mosaic& mosaic) {
  return mosaic.arrangement();
}

/// The mosaics by arrangement, and a group "random" with each complete draw in one arrangement chosen at random, as
/// mosaics are drawn without --mosaics.arrangement all.
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

Table confidence(const FocusResult& result) {
  Table table({"model", "method", "correlation_with_probability", "correlation_with_accuracy", "mean_right", "right",
               "mean_wrong", "wrong"});
  for (const auto& scores : result.scores) {
    const auto& model = result.models[scores.model];
    std::vector<double> focus;
    std::vector<double> probability;
    std::vector<double> correct;
    ScoreSample right;
    ScoreSample wrong;
    for (std::size_t i = 0; i < scores.focus.size(); ++i) {
      const bool is_right = model.prediction[i] == result.set->mosaics[i].target;
      (is_right ? right : wrong).add(scores, i);
      if (!std::isnan(scores.focus[i]) && !std::isnan(model.target_probability[i])) {
        focus.push_back(scores.focus[i]);
        probability.push_back(model.target_probability[i]);
        correct.push_back(is_right ? 1.0 : 0.0);
      }
    }
    table.add({model.name, scores.method, python_number(statistics::pearson(focus, probability)),
               python_number(statistics::pearson(focus, correct)), python_number(right.mean()),
               std::to_string(right.values.size()), python_number(wrong.mean()), std::to_string(wrong.values.size())});
  }
  return table;
}

/// Compares every model with random layers (MODEL@random=SHARE) to the trained MODEL. Nothing when the job has no such
/// pair.
std::optional<Table> randomisation(const FocusResult& result, const statistics::Intervals& limits) {
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
    const auto sample = sample_of(scores);
    table.add({name.substr(0, at), scores.method, name.substr(at + std::string("@random=").size()),
               std::to_string(sample.values.size()), python_number(sample_of(*trained).mean()),
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
      std::filesystem::remove(tables / name);  // an earlier run may have written it
    }
  };
  write(mosaics(result), "focus_mosaics.csv");
  write(summary(result, limits), "focus_summary.csv");
  const auto class_of = [](const focus::Mosaic& mosaic) { return std::to_string(mosaic.target); };
  write(by_group(result, "class", grouped(*result.set, class_of)), "focus_classes.csv");
  write(by_group(result, "arrangement", positions(*result.set, config.seed)), "focus_positions.csv");
  write(position_test_table(result), "focus_position_test.csv");
  write(confidence(result), "focus_confidence.csv");
  write(randomisation(result, limits), "focus_randomisation.csv");
  const auto judged = quality_table(result);
  write(judged.empty() ? std::nullopt : std::optional(judged), "focus_quality.csv");
  write(judged.empty() ? std::nullopt : std::optional(metric_agreement_table(result)), "focus_metric_agreement.csv");
  const auto methods = rank_methods(result);
  write(methods.ranking, "focus_ranking.csv");
  write(methods.pairs, "focus_nemenyi.csv");
}

std::string focus_overview(const FocusResult& result) {
  auto text =
      fmt::format("\nFocus, {} mosaics, chance {:.2f}\n  {:<32} {:<22} {:>7} {:>7} {:>9}\n", result.set->mosaics.size(),
                  chance(*result.set), "model", "method", "mean", "median", "undefined");
  for (const auto& scores : result.scores) {
    const auto sample = sample_of(scores);
    text += fmt::format("  {:<32} {:<22} {:>7.3f} {:>7.3f} {:>9}\n", result.models[scores.model].name, scores.method,
                        sample.mean(), sample.percentile(50), sample.undefined);
  }
  return text;
}

}  // namespace sightline::stages

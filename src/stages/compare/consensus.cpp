#include "stages/compare/consensus.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/nan.hpp"
#include "base/text.hpp"
#include "comparison/pair_statistics.hpp"
#include "stages/compare/comparison_result.hpp"
#include "statistics/ranks.hpp"
#include "statistics/statistics.hpp"

namespace sightline::stages {
namespace {

using base::python_number;
using comparison::pair_index;

constexpr float none = std::numeric_limits<float>::quiet_NaN();

double spearman(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<double> first;
  std::vector<double> second;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isnan(x[i]) && !std::isnan(y[i])) {
      first.push_back(x[i]);
      second.push_back(y[i]);
    }
  }
  return first.size() < 2
             ? base::nan
             : statistics::pearson(statistics::tied_ranks(first).ranks, statistics::tied_ranks(second).ranks);
}

void write_images(const std::filesystem::path& file, const Consensus& consensus, const std::vector<ImageFact>& facts,
                  const std::vector<std::string>& paths, const std::vector<std::int32_t>& labels) {
  std::vector<std::size_t> order(paths.size());
  std::iota(order.begin(), order.end(), 0);
  std::erase_if(order, [&](std::size_t image) { return std::isnan(consensus.disagreement[image]); });
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return consensus.disagreement[a] > consensus.disagreement[b]; });
  std::vector<std::string> header = {"image", "label", "disagreement"};
  for (const auto& fact : facts) {
    header.push_back(fact.name);
  }
  base::CsvTable table(header);
  for (const auto image : order) {
    std::vector<std::string> row = {paths[image], labels[image] < 0 ? "" : std::to_string(labels[image]),
                                    python_number(double{consensus.disagreement[image]})};
    for (const auto& fact : facts) {
      row.push_back(python_number(fact.values[image]));
    }
    table.add(row);
  }
  base::write_text(file, table.text());
}

void write_models(const std::filesystem::path& file, const job::JobConfig& config, const MethodComparison& method,
                  std::size_t images) {
  const statistics::PairValues values{method.consensus.similarity, method.models.size(), images};
  statistics::Intervals limits;
  if (config.compare.resamples > 0) {
    limits =
        statistics::studentised_intervals(
            values, statistics::resample(values, static_cast<std::size_t>(config.compare.resamples), config.seed, true),
            config.compare.confidence)
            .mean;
  }
  base::CsvTable table({"model", "images", "similarity", "low", "high"});
  for (std::size_t model = 0; model < method.models.size(); ++model) {
    double sum = 0.0;
    std::int64_t count = 0;
    for (const float value : values.values.subspan(model * images, images)) {
      sum += std::isnan(value) ? 0.0 : double{value};
      count += std::isnan(value) ? 0 : 1;
    }
    table.add({method.models[model], std::to_string(count),
               python_number(count > 0 ? sum / static_cast<double>(count) : base::nan),
               limits.low.empty() ? "" : python_number(limits.low[model]),
               limits.low.empty() ? "" : python_number(limits.high[model])});
  }
  base::write_text(file, table.text());
}

}  // namespace

void add_image(const std::vector<float>& cosines, std::size_t models, std::uint64_t place, std::uint64_t count,
               Consensus& consensus) {
  const auto cosine = [&](std::size_t a, std::size_t b) {
    return double{cosines[pair_index(std::min(a, b), std::max(a, b), models)]};
  };
  std::vector<std::size_t> present;
  for (std::size_t model = 0; model < models; ++model) {
    consensus.similarity[model * count + place] = none;
    if (cosine(model, model) > 0.5) {  // 1 but for rounding; 0 for a blank map
      present.push_back(model);
    }
  }
  std::vector<double> sums;  // with all maps, of a map's own length too
  double pairs = 0.0;        // of two different maps, each pair twice
  for (const auto a : present) {
    sums.push_back(0.0);
    for (const auto b : present) {
      sums.back() += a == b ? 1.0 : cosine(a, b);
      pairs += a == b ? 0.0 : cosine(a, b);
    }
  }
  const double squared_length = std::accumulate(sums.begin(), sums.end(), 0.0);
  for (std::size_t i = 0; i < present.size() && present.size() > 1 && squared_length > 1e-12; ++i) {
    consensus.similarity[present[i] * count + place] = static_cast<float>(sums[i] / std::sqrt(squared_length));
  }
  const auto number = static_cast<double>(present.size());
  consensus.disagreement[place] =
      present.size() < 2 ? none : static_cast<float>(1.0 - pairs / (number * (number - 1.0)));
}

Consensus join(const comm::Communicator& ranks, const Consensus& block, std::size_t models, std::uint64_t images) {
  std::vector<float> own = block.disagreement;
  own.insert(own.end(), block.similarity.begin(), block.similarity.end());
  const auto parts = ranks.gather({reinterpret_cast<const char*>(own.data()), own.size() * sizeof(float)});
  Consensus all;
  if (!ranks.is_root()) {
    return all;
  }
  all.disagreement.resize(images);
  all.similarity.resize(models * images);
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const auto of_rank = block_of(rank, ranks.size(), images);
    const auto* from = parts[static_cast<std::size_t>(rank)].data();
    for (std::size_t row = 0; row <= models; ++row) {
      auto* to = row == 0 ? all.disagreement.data() : all.similarity.data() + (row - 1) * images;
      std::memcpy(to + of_rank.first, from + row * of_rank.count * sizeof(float), of_rank.count * sizeof(float));
    }
  }
  return all;
}

void write_consensus(const std::filesystem::path& tables, const job::JobConfig& config, const ComparisonResult& result,
                     const store::Explanations& store, const std::vector<ImageFact>& more) {
  const auto paths = store.image_paths();
  const auto labels = store.image_labels();
  base::CsvTable correlations({"method", "quantity", "correlation"});
  for (const auto& method : result.methods) {
    const auto& consensus = method.consensus;
    if (consensus.disagreement.empty() || result.across != job::Across::models) {
      continue;
    }
    Predictions predictions;
    for (const auto row : method.prediction_rows) {
      predictions.push_back(result.predictions[row]);
    }
    auto facts = outcomes(store, method.models, predictions, labels);
    facts.insert(facts.end(), more.begin(), more.end());
    write_images(tables / ("consensus_" + method.method + ".csv"), consensus, facts, paths, labels);
    write_models(tables / ("consensus_models_" + method.method + ".csv"), config, method, result.images);
    const std::vector<double> disagreement(consensus.disagreement.begin(), consensus.disagreement.end());
    for (const auto& fact : facts) {
      correlations.add({method.method, fact.name, python_number(spearman(disagreement, fact.values))});
    }
  }
  if (!correlations.empty()) {
    base::write_text(tables / "disagreement_correlation.csv", correlations.text());
  }
}

}  // namespace sightline::stages

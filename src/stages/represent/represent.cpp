#include "stages/represent/represent.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <numeric>

#include <Eigen/Core>
#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/nan.hpp"
#include "base/random.hpp"
#include "base/shuffle.hpp"
#include "base/stop.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "stages/explain/explain_job.hpp"
#include "stages/explain/feature_store.hpp"
#include "stages/run/device.hpp"
#include "stages/run/job_images.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/progress.hpp"
#include "stages/run/run_record.hpp"
#include "statistics/representations.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;
using base::python_number;

constexpr auto features_file = "representations.h5";
constexpr std::array measures{"cka", "procrustes", "rsa", "rsa_cosine", "neighbours"};
using Similarities = std::array<double, measures.size()>;  ///< of two models, in the order of `measures`

/// What one model makes of the images.
struct ModelRepresentation {
  statistics::Representation representation;
  statistics::Rdm cosines;
};

using Models = std::vector<std::shared_ptr<const models::ModelSpec>>;

/// Each model once for each depth, or as it is without depths. Throws base::Error(usage) for what is no depth.
Models at_depths(const Models& models, const std::vector<double>& depths) {
  Models made;
  for (const auto& spec : models) {
    for (const double depth : depths) {
      if (depth > 1.0) {
        throw base::usage_error("represent.depths: {} is not a depth in (0, 1]", depth);
      }
      auto layer = *spec;
      layer.pooled_layer = fmt::format("{}", depth);
      made.push_back(std::make_shared<models::ModelSpec>(std::move(layer)));
    }
  }
  return depths.empty() ? models : made;
}

/// collective. The images of the job, of which a random sample is left if they are too many.
images::ImageList sample_images(const comm::Communicator& ranks, const job::JobConfig& config) {
  auto list = list_job_images(ranks, config);
  std::vector<std::size_t> order(list.entries.size());
  std::iota(order.begin(), order.end(), 0);
  base::shuffle(order, base::NumberStream("represent", config.seed));
  order.resize(std::min(order.size(), static_cast<std::size_t>(config.represent.images)));
  std::sort(order.begin(), order.end());
  std::vector<images::ImageEntry> sample;
  for (const auto image : order) {
    sample.push_back(std::move(list.entries[image]));
  }
  list.entries = std::move(sample);
  return list;
}

/// The images of which all models have features: broken ones may be left out (--on-bad-image skip).
images::ImageList images_of_all(const ResolvedJob& job, const fs::path& file, images::ImageList list) {
  const auto store = store::Explanations::open_to_read(file);
  const auto rows = store.rows_of(list.paths());
  std::vector<images::ImageEntry> entries;
  std::vector<std::vector<std::uint32_t>> status;
  for (const auto& spec : job.models) {
    status.push_back(store.status(spec->label(), ""));
  }
  for (std::size_t image = 0; image < rows.size(); ++image) {
    if (std::all_of(status.begin(), status.end(), [&](const auto& of_model) { return of_model[rows[image]] != 0; })) {
      entries.push_back(list.entries[image]);
    }
  }
  list.entries = std::move(entries);
  return list;
}

/// The features of a model, images x features.
Eigen::MatrixXd features_of(const fs::path& file, const std::string& model, const images::ImageList& list) {
  using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto read = read_features(file, model, list).values;
  return Eigen::Map<const RowMajor>(read.const_data_ptr<float>(), read.size(0), read.size(1)).cast<double>();
}

std::vector<ModelRepresentation> represent_all(const ResolvedJob& job, const fs::path& file,
                                               const images::ImageList& list) {
  std::vector<ModelRepresentation> all;
  for (const auto& spec : job.models) {
    base::throw_if_stopped();
    const auto features = features_of(file, spec->label(), list);
    try {
      all.push_back({statistics::represent(features, job.config.represent.neighbours),
                     statistics::dissimilarities(features, statistics::ImageSimilarity::cosine)});
    } catch (const base::Error& error) {
      throw base::Error(error.code(), fmt::format("represent: {}: {}", spec->label(), error.what()));
    }
  }
  return all;
}

Similarities compare(const ModelRepresentation& a, const ModelRepresentation& b) {
  const auto shared = statistics::mutual_neighbours(a.representation, b.representation);
  return {statistics::linear_cka(a.representation, b.representation),
          statistics::procrustes(a.representation, b.representation),
          statistics::spearman_rsa(a.representation.rdm, b.representation.rdm),
          statistics::cosine_rsa(a.cosines, b.cosines),
          std::accumulate(shared.begin(), shared.end(), 0.0) / static_cast<double>(shared.size())};
}

using Pair = std::pair<std::size_t, std::size_t>;

std::vector<Pair> pairs_of(std::size_t models) {
  std::vector<Pair> pairs;
  for (std::size_t a = 0; a < models; ++a) {
    for (std::size_t b = a + 1; b < models; ++b) {
      pairs.emplace_back(a, b);
    }
  }
  return pairs;
}

/// collective. The similarities of all pairs, on the root: each rank compares every size-th pair.
std::vector<Similarities> compare_all(const comm::Communicator& ranks, const ResolvedJob& job, const fs::path& file,
                                      const images::ImageList& list) {
  const auto pairs = pairs_of(job.models.size());
  const auto size = static_cast<std::size_t>(ranks.size());
  std::vector<Similarities> own;
  ranks.all_or_throw([&] {
    const auto models = represent_all(job, file, list);
    Progress progress("represent", "pairs of models", static_cast<std::int64_t>(pairs.size()), ranks.is_root());
    for (auto pair = static_cast<std::size_t>(ranks.rank()); pair < pairs.size(); pair += size) {
      base::throw_if_stopped();
      own.push_back(compare(models[pairs[pair].first], models[pairs[pair].second]));
      progress.update(static_cast<std::int64_t>(std::min(pair + size, pairs.size())));
    }
  });
  const auto parts = ranks.gather({reinterpret_cast<const char*>(own.data()), own.size() * sizeof(Similarities)});
  std::vector<Similarities> all(ranks.is_root() ? pairs.size() : 0);
  for (std::size_t pair = 0; pair < all.size(); ++pair) {
    std::memcpy(&all[pair], parts[pair % size].data() + pair / size * sizeof(Similarities), sizeof(Similarities));
  }
  return all;
}

/// Throws base::Error(input) where a similarity does not exist.
void require_similarities(const std::vector<std::string>& models, const std::vector<Pair>& pairs,
                          const std::vector<Similarities>& found) {
  for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
    for (std::size_t measure = 0; measure < measures.size(); ++measure) {
      if (std::isnan(found[pair][measure])) {
        throw base::input_error(
            "represent: {} and {} have no similarity by {}: one of them has the same features for "
            "all images",
            models[pairs[pair].first], models[pairs[pair].second], measures[measure]);
      }
    }
  }
}

/// Removes the matrices of an earlier comparison and what `cluster` has made of them, which would be taken for current.
void remove_old_tables(const fs::path& tables) {
  for (const auto& item : fs::directory_iterator(tables)) {
    const auto name = item.path().filename().string();
    const bool of_matrices = name.find("_representation_") != std::string::npos || name.rfind("group_", 0) == 0;
    if (item.path().extension() == ".csv" && (of_matrices || name == "matrix_regression.csv")) {
      fs::remove(item.path());
    }
  }
}

void write_tables(const fs::path& tables, const std::vector<std::string>& models, std::size_t images,
                  const std::vector<Similarities>& found) {
  const auto pairs = pairs_of(models.size());
  require_similarities(models, pairs, found);
  std::vector<std::string> header = {"model_a", "model_b", "images"};
  header.insert(header.end(), measures.begin(), measures.end());
  base::CsvTable table(header);
  for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
    std::vector<std::string> row = {models[pairs[pair].first], models[pairs[pair].second], std::to_string(images)};
    for (const double value : found[pair]) {
      row.push_back(python_number(value));
    }
    table.add(row);
  }
  base::make_writable_folder(tables);
  const auto file = tables / "representation_pairs.csv";
  if (!fs::exists(file) || base::read_text(file) != table.text()) {
    remove_old_tables(tables);
  }
  base::write_text(file, table.text());
  for (std::size_t measure = 0; measure < measures.size(); ++measure) {
    base::NamedMatrix similar{models, std::vector<double>(models.size() * models.size(), 1.0)};
    base::NamedMatrix dissimilar{models, std::vector<double>(models.size() * models.size(), 0.0)};
    for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
      const auto [a, b] = pairs[pair];
      for (const auto cell : {a * models.size() + b, b * models.size() + a}) {
        similar.values[cell] = found[pair][measure];
        dissimilar.values[cell] = 1.0 - found[pair][measure];
      }
    }
    const auto name = fmt::format("similarity_matrix_representation_{}.csv", measures[measure]);
    base::write_text(tables / name, base::matrix_csv(similar));
    base::write_text(tables / ("dis" + name), base::matrix_csv(dissimilar));
  }
}

/// The similarities as a table for a terminal.
std::string overview(const std::vector<std::string>& models, const std::vector<Similarities>& found) {
  std::string text = fmt::format("{:<60} {}\n", "pair", fmt::join(measures, "  "));
  const auto pairs = pairs_of(models.size());
  for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
    text += fmt::format("{:<60}", models[pairs[pair].first] + ", " + models[pairs[pair].second]);
    for (std::size_t measure = 0; measure < measures.size(); ++measure) {
      text +=
          fmt::format(" {:>{}.3f} ", found[pair][measure], std::max<std::size_t>(5, std::strlen(measures[measure])));
    }
    text += '\n';
  }
  return text;
}

}  // namespace

base::ExitCode represent(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print) {
  const base::Stopwatch stopwatch;
  ResolvedJob job;
  ranks.all_or_throw([&] {
    job = resolve(parsed);
    job.methods.clear();
    job.output = Output::features;
    job.models = at_depths(job.models, job.config.represent.depths);
    job.config.explain.target = {job::Target::Rule::predicted, -1};
    if (job.models.size() < 2) {
      throw base::usage_error(
          "models: 'sightline represent' compares models; name at least two, or several --represent.depths");
    }
  });
  const fs::path output = job.config.output;
  const OutputClaim claim(ranks, output, "represent");
  const auto list = sample_images(ranks, job.config);
  if (static_cast<std::int64_t>(list.entries.size()) <= job.config.represent.neighbours) {
    throw base::usage_error("represent.neighbours: {} is not below the number of images, {}",
                            job.config.represent.neighbours, list.entries.size());
  }
  const auto file = output / features_file;
  const auto outcome = explain_job(ranks, job, start_device(ranks, job.config.compute), list, file, "represent");
  if (outcome.stopped) {
    return base::ExitCode::stopped;
  }
  auto seen = list;
  ranks.all_or_throw([&] { seen = images_of_all(job, file, list); });
  const auto found = compare_all(ranks, job, file, seen);
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      std::vector<std::string> models;
      for (const auto& spec : job.models) {
        models.push_back(spec->label());
      }
      write_tables(output / "tables", models, seen.entries.size(), found);
      record_stage(output, parsed, ranks, outcome.devices, "represent",
                   {{"seconds", stopwatch.seconds()}, {"images", static_cast<double>(seen.entries.size())}});
      print(overview(models, found));
    }
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages

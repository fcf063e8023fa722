#include "stages/bias/bias.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <numeric>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "focus/bias.hpp"
#include "stages/bias/bias_regions.hpp"
#include "stages/explain/explain_job.hpp"
#include "stages/focus/focus_result.hpp"
#include "stages/focus/job_mosaics.hpp"
#include "stages/run/job_images.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/run_record.hpp"
#include "statistics/bootstrap.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;
using base::python_number;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// What a model says of every image of the list that could be read.
std::vector<focus::Predicted> read_predicted(const fs::path& file, const std::string& model,
                                             const images::ImageList& list) {
  const auto store = store::Explanations::open_to_read(file);
  const auto labels = store.image_labels();
  const auto status = store.status(model, "");
  const auto paths = list.paths();
  const auto rows = store.rows_of(paths);
  std::vector<focus::Predicted> images;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const auto i = rows[k];
    if (status[i] == 0 || labels[i] < 0) {
      continue;
    }
    const auto logits = store.read_prediction(model, i).logits;
    const auto label = static_cast<std::size_t>(labels[i]);
    if (label >= logits.size()) {
      throw base::input_error("images: {} has the class {}, {} knows {}", paths[k], labels[i], model, logits.size());
    }
    focus::Predicted image{paths[k], labels[i], probability_of(logits, labels[i])};
    for (std::size_t c = 0; c < logits.size(); ++c) {
      const bool better = image.rival < 0 || logits[c] > logits[static_cast<std::size_t>(image.rival)];
      image.rival = c != label && better ? static_cast<int>(c) : image.rival;
    }
    image.confused = image.rival >= 0 && logits[static_cast<std::size_t>(image.rival)] > logits[label];
    images.push_back(std::move(image));
  }
  return images;
}

/// The tables of all models.
class BiasTables {
 public:
  explicit BiasTables(const job::JobConfig& config) : config_(config) {}

  void add_worst(const std::string& model, const std::vector<focus::WorstImage>& worst) {
    for (const auto& [image, rank] : worst) {
      worst_.add({model, std::to_string(image.label), std::to_string(rank + 1), image.path,
                  python_number(image.probability), std::to_string(image.rival)});
    }
  }

  /// `images`: what the model of `result` says of all of them.
  void add_pairs(const FocusResult& result, const std::vector<focus::Predicted>& images) {
    for (const auto& scores : result.scores) {
      add_pairs_of(result, scores);
      add_summary_of(result, scores, images);
    }
  }

  void write(const fs::path& tables) const {
    base::make_writable_folder(tables);
    base::write_text(tables / "bias_worst.csv", worst_.text());
    base::write_text(tables / "bias_pairs.csv", pairs_.text());
    base::write_text(tables / "bias_summary.csv", summary_.text());
    base::write_text(tables / "bias_kinds.csv", kinds_.text());
  }

  const std::vector<std::string>& findings() const { return findings_; }

 private:
  /// Of the relevance on the wrong tile, of the pairs of two classes.
  struct Shares {
    std::vector<double> defined;
    int undefined = 0;
    std::map<std::pair<std::string, std::string>, double> of_images;  ///< of the target, of the other class

    /// Images of the target x of the other class, NaN where there is none.
    Eigen::MatrixXd table() const {
      std::map<std::string, Eigen::Index> rows;
      std::map<std::string, Eigen::Index> columns;
      for (const auto& [images, share] : of_images) {
        rows.try_emplace(images.first, static_cast<Eigen::Index>(rows.size()));
        columns.try_emplace(images.second, static_cast<Eigen::Index>(columns.size()));
      }
      Eigen::MatrixXd made = Eigen::MatrixXd::Constant(static_cast<Eigen::Index>(rows.size()),
                                                       static_cast<Eigen::Index>(columns.size()), nan);
      for (const auto& [images, share] : of_images) {
        made(rows.at(images.first), columns.at(images.second)) = share;
      }
      return made;
    }
  };
  struct MeanAndInterval {
    double mean = nan;
    double low = nan;
    double high = nan;
  };

  /// The share of relevance on the wrong tile, largest first.
  void add_pairs_of(const FocusResult& result, const FocusScores& scores) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < scores.focus.size(); ++i) {
      if (!std::isnan(scores.focus[i])) {
        order.push_back(i);
      }
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return scores.focus[a] < scores.focus[b]; });
    const auto& model = result.models[scores.model];
    for (const auto i : order) {
      const auto& pair = result.set->mosaics[i];
      pairs_.add({model.name, scores.method, pair.name, std::to_string(pair.target), std::to_string(pair.classes[1]),
                  pair.paths[0], pair.paths[1], python_number(1.0 - scores.focus[i]),
                  python_number(model.target_probability[i])});
    }
  }

  void add_summary_of(const FocusResult& result, const FocusScores& scores,
                      const std::vector<focus::Predicted>& images) {
    std::map<std::pair<int, int>, Shares> groups;
    for (std::size_t i = 0; i < scores.focus.size(); ++i) {
      const auto& pair = result.set->mosaics[i];
      auto& group = groups[{pair.target, pair.classes[1]}];
      if (!std::isnan(scores.focus[i])) {
        group.defined.push_back(1.0 - scores.focus[i]);
        group.of_images[{pair.paths[0], pair.paths[1]}] = group.defined.back();
      } else if (scores.done[i]) {
        ++group.undefined;
      }
    }
    const auto& model = result.models[scores.model].name;
    for (const auto& [classes, shares] : groups) {
      const auto [target, other] = classes;
      const auto confusion = focus::confusion(images, target, other, config_.focus.confidence);
      const auto range = mean_and_interval(shares);
      // The worst images of any model are odd ones; a bias is one that shows in many images of the other class.
      const bool many = confusion.confused >= focus::least_confused && confusion.low > config_.bias.prevalence;
      const bool suspected = many && (config_.focus.resamples > 0 ? range.low : range.mean) > 0.5;
      const auto kinds = suspected ? kinds_of_bias(scores, *result.set, target, other) : BiasKinds();
      summary_.add({model, scores.method, std::to_string(target), std::to_string(other),
                    std::to_string(shares.defined.size()), std::to_string(shares.undefined), python_number(range.mean),
                    python_number(range.low), python_number(range.high), std::to_string(confusion.images),
                    std::to_string(confusion.confused), python_number(confusion.low), suspected ? "suspected" : "none",
                    std::to_string(kinds.kinds)});
      add_kinds({model, scores.method, std::to_string(target), std::to_string(other)}, kinds);
      if (suspected) {
        findings_.push_back(fmt::format(
            "{}: by {}, {:.0f} % of what speaks for class {} lies on images of class {}{}, of which {} of {} are taken "
            "for it{}",
            model, scores.method, 100.0 * range.mean, target, other,
            config_.focus.resamples > 0 ? fmt::format(" ({:.0f} to {:.0f} %)", 100.0 * range.low, 100.0 * range.high)
                                        : "",
            confusion.confused, confusion.images,
            kinds.kinds > 1 ? fmt::format("; it sees {} different things there", kinds.kinds) : ""));
      }
    }
  }

  void add_kinds(const base::CsvRow& group, const BiasKinds& kinds) {
    for (const auto& picture : kinds.pictures) {
      auto row = group;
      row.insert(row.end(), {std::to_string(picture.kind + 1), picture.path, std::to_string(picture.pairs),
                             python_number(picture.wrong_share), python_number(kinds.silhouette)});
      kinds_.add(row);
    }
  }

  /// NaN where there is nothing, or nothing is resampled. An image is in many pairs, so images are drawn.
  MeanAndInterval mean_and_interval(const Shares& shares) const {
    MeanAndInterval made;
    const auto& all = shares.defined;
    if (all.empty()) {
      return made;
    }
    made.mean = std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
    if (config_.focus.resamples > 0) {
      const auto resampled =
          statistics::resample_crossed(shares.table(), static_cast<std::size_t>(config_.focus.resamples), config_.seed);
      const auto limits = statistics::intervals(resampled, config_.focus.confidence);
      made.low = limits.low.front();
      made.high = limits.high.front();
    }
    return made;
  }

  const job::JobConfig& config_;
  base::CsvTable worst_{{"model", "class", "rank", "path", "probability", "rival"}};
  base::CsvTable pairs_{
      {"model", "method", "pair", "target", "other", "target_path", "other_path", "wrong_share", "target_probability"}};
  base::CsvTable summary_{{"model", "method", "target", "other", "pairs", "undefined", "mean_wrong_share", "low",
                           "high", "other_images", "confused", "confused_low", "finding", "kinds"}};
  base::CsvTable kinds_{{"model", "method", "target", "other", "kind", "path", "pairs", "wrong_share", "silhouette"}};
  std::vector<std::string> findings_;
};

/// The job with one of its models.
ResolvedJob alone(const ResolvedJob& job, std::size_t model) {
  auto one = job;
  one.models = {job.models[model]};
  return one;
}

/// collective. A model's worst images in pairs, explained.
JobOutcome explain_pairs(const comm::Communicator& ranks, const ResolvedJob& job, std::size_t model,
                         const images::ImageList& list, const models::DeviceChoice& device, BiasTables& tables) {
  const fs::path output = job.config.output;
  const auto label = job.models[model]->label();
  auto set = std::make_shared<focus::MosaicSet>();
  std::vector<focus::Predicted> predicted;
  std::vector<focus::WorstImage> worst;
  ranks.all_or_throw([&] {  // the same on every rank
    predicted = read_predicted(output / "predictions.h5", label, list);
    worst = focus::worst_images(predicted, static_cast<int>(job.config.bias.worst));
    *set = focus::bias_pairs(worst, list.root, static_cast<int>(job.config.bias.target));
    if (ranks.is_root()) {
      base::make_writable_folder(output / "bias" / label);
      keep_mosaics(*set, output / "bias" / label);
    }
  });
  const auto file = output / "bias" / label / focus_file_name;
  auto outcome = explain_job(ranks, on_mosaics(alone(job, model), set, true), device, focus::as_images(*set), file,
                             "bias, " + label);
  if (!outcome.stopped) {
    ranks.all_or_throw([&] {
      if (ranks.is_root()) {
        tables.add_worst(label, worst);
        tables.add_pairs(read_focus(file, *set), predicted);
      }
    });
  }
  return outcome;
}

}  // namespace

base::ExitCode bias(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  const base::Stopwatch stopwatch;
  ResolvedJob job;
  ranks.all_or_throw([&] { job = resolve(parsed); });
  job.crop_instead_of_stretch = true;
  job.config.focus.maps = true;  // they are few, and to be looked at
  const fs::path output = job.config.output;
  const OutputClaim claim(ranks, output, "bias");
  const auto list = list_job_images(ranks, job.config);
  const auto device = start_device(ranks, job.config);
  auto predictions = job;
  predictions.methods.clear();
  const auto predicted = explain_job(ranks, predictions, device, list, output / "predictions.h5", "bias, predictions");
  if (predicted.stopped) {
    return base::ExitCode::stopped;
  }
  BiasTables tables(job.config);
  auto records = predicted.records;
  for (std::size_t model = 0; model < job.models.size(); ++model) {
    const auto done = explain_pairs(ranks, job, model, list, device, tables);
    if (done.stopped) {
      return base::ExitCode::stopped;
    }
    records += done.records;
  }
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    tables.write(output / "tables");
    const double seconds = stopwatch.seconds();
    if (records > 0 || !fs::exists(output / "run.json")) {
      record_stage(output, parsed, ranks, predicted.devices, "bias",
                   {{"seconds", seconds}, {"records_written", static_cast<double>(records)}});
    }
    base::log_info(fmt::format("bias: {:.1f} s -> {}", seconds, (output / "tables").string()));
    std::printf("\n%s\n",
                tables.findings().empty() ? "No bias is suspected." : base::join(tables.findings(), "\n").c_str());
    std::fflush(stdout);
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages

#include "stages/explain/accuracy.hpp"

#include <algorithm>
#include <array>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "stages/explain/explain_job.hpp"
#include "stages/run/device.hpp"
#include "stages/run/job_images.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/run_record.hpp"
#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// [0]: labelled images with a prediction; [1]: images whose label has the largest logit; [2]: images whose label is
/// among the five largest; [3]: labelled images without a predicted class, which the others do not count.
using Counts = std::array<std::int64_t, 4>;

struct Transforms {
  job::Transforms value;
  const char* name;
};
constexpr std::array<Transforms, 2> both_transforms = {
    {{job::Transforms::model, "model"}, {job::Transforms::common, "common"}}};

/// The rank of `label` from 0 on: the number of classes with a larger logit, or with an equal one and a lower index.
std::int64_t rank_of(const float* logits, std::int64_t classes, std::int64_t label) {
  std::int64_t before = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    before += logits[c] > logits[label] || (logits[c] == logits[label] && c < label) ? 1 : 0;
  }
  return before;
}

/// The counts over the store's rows that belong to this rank: every ranks-th block of 256 rows.
Counts count(const comm::Communicator& ranks, const store::Explanations& store, const std::string& model) {
  const auto labels = store.image_labels();
  const auto status = store.status(model, "");
  const auto group = store::schema::model_group(model) + "/";
  const auto logits = store.hdf5().dataset(group + store::schema::logits);
  const auto predictions = store.hdf5().dataset(group + store::schema::prediction);
  const auto classes = static_cast<std::int64_t>(logits.extent()[1]);
  constexpr std::uint64_t block = 256;
  Counts counts{};
  const auto step = block * static_cast<std::uint64_t>(ranks.size());
  for (auto first = block * static_cast<std::uint64_t>(ranks.rank()); first < labels.size(); first += step) {
    const auto rows = std::min<std::uint64_t>(block, labels.size() - first);
    const auto values = logits.read_rows<float>(first, rows);
    const auto predicted = predictions.read_rows<std::int32_t>(first, rows);
    for (std::uint64_t i = 0; i < rows; ++i) {
      const auto label = std::int64_t{labels[first + i]};
      if (status[first + i] == 0 || label < 0) {
        continue;
      }
      if (predicted[i] < 0) {
        ++counts[3];
        continue;
      }
      const auto rank = label < classes ? rank_of(values.data() + i * logits.extent()[1], classes, label) : classes;
      ++counts[0];
      counts[1] += rank == 0 ? 1 : 0;
      counts[2] += rank < 5 ? 1 : 0;
    }
  }
  return counts;
}

double share(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// The table as CSV. `results`: by [transforms][model], in the order of both_transforms.
std::string table(const std::vector<std::string>& models, const std::array<std::vector<Counts>, 2>& results) {
  std::vector<std::string> header{"model"};
  for (const auto& transforms : both_transforms) {
    for (const auto* column : {"images", "top1_count", "top5_count", "top1", "top5"}) {
      header.push_back(fmt::format("{}_{}", column, transforms.name));
    }
  }
  header.insert(header.end(), {"top1_difference", "top5_difference"});
  std::string text = base::csv_line(header) + "\n";
  for (std::size_t m = 0; m < models.size(); ++m) {
    std::vector<std::string> row{models[m]};
    for (const auto& result : results) {
      const auto& [images, first, five, undefined] = result[m];
      row.insert(row.end(), {std::to_string(images), std::to_string(first), std::to_string(five),
                             base::python_number(share(first, images)), base::python_number(share(five, images))});
    }
    for (const std::size_t kind : {1U, 2U}) {
      const auto of = [&](std::size_t t) { return share(results[t][m][kind], results[t][m][0]); };
      row.push_back(base::python_number(of(0) - of(1)));
    }
    text += base::csv_line(row) + "\n";
  }
  return text;
}

/// The accuracies and the difference of top-1 as a table for a terminal.
std::string overview(const std::vector<std::string>& models, const std::array<std::vector<Counts>, 2>& results) {
  auto text = fmt::format(
      "{:<42} {:>8} | {:>8} {:>8} | {:>8} {:>8} | {:>10}\n"
      "{:<42} {:>8} | {:>17} | {:>17} | {:>10}\n",
      "model", "images", "top-1", "top-5", "top-1", "top-5", "top-1", "", "", "model's recipe", "224 x 224",
      "difference");
  for (std::size_t m = 0; m < models.size(); ++m) {
    const auto of = [&](std::size_t t, std::size_t kind) { return share(results[t][m][kind], results[t][m][0]); };
    text += fmt::format("{:<42} {:>8} | {:>8.4f} {:>8.4f} | {:>8.4f} {:>8.4f} | {:>+10.4f}\n", models[m],
                        results[0][m][0], of(0, 1), of(0, 2), of(1, 1), of(1, 2), of(0, 1) - of(1, 1));
  }
  return text;
}

/// collective. Writes the predictions by both transforms, each to a store of its own. Returns whether a signal stopped
/// it.
bool predict(const comm::Communicator& ranks, ResolvedJob& job, const job::ParsedJob& parsed, const fs::path& output) {
  const auto list = list_job_images(ranks, job.config);
  ranks.all_or_throw([&] {
    if (std::none_of(list.entries.begin(), list.entries.end(), [](const auto& entry) { return entry.label >= 0; })) {
      throw base::input_error(
          "images: {}: no image has a label; accuracy needs a folder of classes or a CSV with labels",
          job.config.images.source);
    }
  });
  const auto device = start_device(ranks, job.config.compute);
  for (const auto& transforms : both_transforms) {
    const base::Stopwatch stopwatch;
    job.config.images.transforms = transforms.value;
    const auto stage = fmt::format("accuracy_{}", transforms.name);
    const auto file = output / fmt::format("predictions_{}.h5", transforms.name);
    const auto outcome = explain_job(ranks, job, device, list, file, stage);
    ranks.all_or_throw([&] {
      if (ranks.is_root() && outcome.records > 0) {
        const double seconds = stopwatch.seconds();
        record_stage(output, parsed, ranks, outcome.devices, stage,
                     {{"seconds", seconds},
                      {"records_written", static_cast<double>(outcome.records)},
                      {"model_seconds", outcome.model_seconds}});
      }
    });
    if (outcome.stopped) {
      return true;
    }
  }
  return false;
}

}  // namespace

base::ExitCode accuracy(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print) {
  ResolvedJob job;
  ranks.all_or_throw([&] {
    job = resolve(parsed);
    job.methods.clear();
  });
  const fs::path output = job.config.output;
  const OutputClaim claim(ranks, output, "accuracy");
  if (predict(ranks, job, parsed, output)) {
    return base::ExitCode::stopped;
  }
  std::vector<std::string> models;
  for (const auto& spec : job.models) {
    models.push_back(spec->label());
  }
  std::array<std::vector<Counts>, 2> results;
  for (std::size_t t = 0; t < both_transforms.size(); ++t) {
    std::optional<store::Explanations> store;
    const auto file = output / fmt::format("predictions_{}.h5", both_transforms[t].name);
    ranks.all_or_throw([&] { store.emplace(store::Explanations::open_to_read(file)); });
    for (const auto& model : models) {
      Counts mine{};
      ranks.all_or_throw([&] { mine = count(ranks, *store, model); });
      const auto sums = ranks.reduce(std::vector<std::int64_t>(mine.begin(), mine.end()));
      if (ranks.is_root()) {
        results[t].push_back({sums[0], sums[1], sums[2], sums[3]});
        if (sums[3] > 0) {
          base::log_warning(
              fmt::format("{}: the logits of {} images are not finite; they are not counted", model, sums[3]));
        }
      }
    }
  }
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    base::make_writable_folder(output / "tables");
    base::write_text(output / "tables" / "accuracy_transforms.csv", table(models, results));
    print(overview(models, results));
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages

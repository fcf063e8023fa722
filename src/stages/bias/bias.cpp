#include "stages/bias/bias.hpp"

#include <memory>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "stages/bias/bias_findings.hpp"
#include "stages/bias/bias_tables.hpp"
#include "stages/explain/explain_job.hpp"
#include "stages/focus/job_mosaics.hpp"
#include "stages/run/device.hpp"
#include "stages/run/job_images.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/run_record.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// The job with only one of its models.
ResolvedJob with_single_model(const ResolvedJob& job, std::size_t model) {
  auto one = job;
  one.models = {job.models[model]};
  return one;
}

/// The results of all models, which are added model by model on the root.
struct BiasResult {
  BiasTables tables;
  std::vector<std::string> suspicions;  ///< a sentence for each suspected bias
};

/// The pairs of one model; the same on every rank.
struct ModelPairs {
  std::vector<focus::Prediction> predicted;  ///< the predictions of all images
  std::vector<focus::WorstImage> worst;      ///< the worst predicted images, which the pairs are made of
  std::shared_ptr<focus::MosaicSet> set = std::make_shared<focus::MosaicSet>();
};

/// Reads the model's predictions from predictions.h5 and pairs its worst predicted images.
ModelPairs pair_worst(const job::JobConfig& config, const std::string& model, const images::ImageList& list) {
  ModelPairs made;
  made.predicted = read_predicted(fs::path(config.output) / "predictions.h5", model, list);
  made.worst = focus::worst_images(made.predicted, static_cast<int>(config.bias.worst));
  *made.set = focus::bias_pairs(made.worst, list.source, static_cast<int>(config.bias.target));
  return made;
}

/// collective. Explains the pairs of one model and adds the findings to `result` on the root.
JobOutcome explain_pairs(const comm::Communicator& ranks, const ResolvedJob& job, std::size_t model,
                         const images::ImageList& list, c10::Device device, BiasResult& result) {
  const auto label = job.models[model]->label();
  const auto folder = fs::path(job.config.output) / "bias" / label;
  ModelPairs pairs;
  ranks.all_or_throw([&] {
    pairs = pair_worst(job.config, label, list);
    if (ranks.is_root()) {
      base::make_writable_folder(folder);
      save_mosaics(*pairs.set, folder);
    }
  });
  auto outcome = explain_job(ranks, on_mosaics(with_single_model(job, model), pairs.set, true), device,
                             focus::as_images(*pairs.set), folder / focus_file_name, "bias, " + label);
  if (!outcome.stopped) {
    ranks.all_or_throw([&] {
      if (ranks.is_root()) {
        const auto scores = read_focus(folder / focus_file_name, *pairs.set);
        const auto findings = find_bias(scores, pairs.predicted, job.config);
        result.tables.add_worst(label, pairs.worst);
        result.tables.add_pairs(scores);
        result.tables.add_findings(findings);
        for (const auto& finding : findings) {
          if (finding.suspected) {
            result.suspicions.push_back(describe(finding, job.config));
          }
        }
      }
    });
  }
  return outcome;
}

/// collective. Writes the predictions of all models for all images to predictions.h5.
JobOutcome predict(const comm::Communicator& ranks, ResolvedJob job, const images::ImageList& list,
                   c10::Device device) {
  job.methods.clear();
  return explain_job(ranks, job, device, list, fs::path(job.config.output) / "predictions.h5", "bias, predictions");
}

}  // namespace

base::ExitCode bias(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print) {
  const base::Stopwatch stopwatch;
  ResolvedJob job;
  ranks.all_or_throw([&] {
    job = resolve(parsed);
    require_unperturbed(job.config, "sightline bias");
  });
  job.crop_instead_of_stretch = true;
  job.config.focus.maps = true;  // there are few maps, and users want to see them
  const fs::path output = job.config.output;
  const OutputClaim claim(ranks, output, "bias");
  const auto list = list_job_images(ranks, job.config);
  const auto device = start_device(ranks, job.config.compute);
  const auto predicted = predict(ranks, job, list, device);
  if (predicted.stopped) {
    return base::ExitCode::stopped;
  }
  BiasResult result;
  auto records = predicted.records;
  for (std::size_t model = 0; model < job.models.size(); ++model) {
    const auto done = explain_pairs(ranks, job, model, list, device, result);
    if (done.stopped) {
      return base::ExitCode::stopped;
    }
    records += done.records;
  }
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    result.tables.write(output / "tables");
    const double seconds = stopwatch.seconds();
    if (records > 0 || !fs::exists(output / "run.json")) {
      record_stage(output, parsed, ranks, predicted.devices, "bias",
                   {{"seconds", seconds}, {"records_written", static_cast<double>(records)}});
    }
    base::log_info(fmt::format("bias: {:.1f} s -> {}", seconds, (output / "tables").string()));
    print(fmt::format("\n{}\n",
                      result.suspicions.empty() ? "No bias is suspected." : base::join(result.suspicions, "\n")));
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages

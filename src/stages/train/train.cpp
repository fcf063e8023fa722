#include "stages/train/train.hpp"

#include <optional>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "models/model_parameters.hpp"
#include "stages/explain/explain_job.hpp"
#include "stages/explain/feature_store.hpp"
#include "stages/run/device.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/run_record.hpp"
#include "stages/train/fine_tuning.hpp"
#include "stages/train/trained_weights.hpp"
#include "stages/train/training_images.hpp"
#include "training/head.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

constexpr auto training_header = "model,train_images,val_images,train_accuracy,val_accuracy,loss,steps\n";

/// The number of images; 0 for undefined tensors.
std::int64_t count_of(const LabelledFeatures& examples) {
  return examples.labels.defined() ? examples.labels.numel() : 0;
}

/// Root only. Trains the classifiers of all models and writes their weights and tables.
class HeadTraining {
 public:
  HeadTraining(const ResolvedJob& job, const TrainingImages& examples)
      : job_(job), examples_(examples), classes_(examples.classes), output_(job.config.output) {}

  /// Trains the classifier of one model and writes its weights. Returns the line to print.
  std::string train(const models::ModelSpec& spec) {
    const base::Stopwatch stopwatch;
    const auto train = read_features(output_ / "features_train.h5", spec.label(), examples_.train);
    const auto val = read_features(output_ / "features_val.h5", spec.label(), examples_.val);
    const auto accuracy = [](const training::HeadStep& step, const LabelledFeatures& examples) {
      return count_of(examples) == 0 ? "" : base::python_number(head_accuracy(step, examples.values, examples.labels));
    };
    const training::HeadSettings settings{static_cast<std::int64_t>(classes_.size()), job_.config.train.weight_decay,
                                          job_.config.train.label_smoothing};
    const auto head = train_head(train.values, train.labels, settings, [&](const training::HeadStep& step) {
      curve_ += base::csv_line({spec.label(), std::to_string(step.number), base::python_number(step.loss),
                                base::python_number(step.max_gradient), accuracy(step, train), accuracy(step, val)}) +
                "\n";
    });
    if (head.max_gradient > settings.tolerance) {
      base::log_warning(fmt::format("{}: the classifier has not converged after {} steps: its gradient is {:.1e}",
                                    spec.label(), head.number, head.max_gradient));
    }
    write(spec, head);
    const auto train_accuracy = accuracy(head, train);
    const auto val_accuracy = accuracy(head, val);
    summary_ +=
        base::csv_line({spec.label(), std::to_string(count_of(train)), std::to_string(count_of(val)), train_accuracy,
                        val_accuracy, base::python_number(head.loss), std::to_string(head.number)}) +
        "\n";
    const auto seconds = stopwatch.seconds();
    return fmt::format("{}: accuracy {} on {} images to learn from, {} on {} others; {} steps in {:.1f} s\n",
                       spec.label(), train_accuracy, count_of(train), val_accuracy.empty() ? "-" : val_accuracy,
                       count_of(val), head.number, seconds);
  }

  void write_tables() const {
    base::make_writable_folder(output_ / "tables");
    base::write_text(output_ / "tables" / "training_curve.csv",
                     "model,step,loss,gradient,train_accuracy,val_accuracy\n" + curve_);
    base::write_text(output_ / "tables" / "training.csv", training_header + summary_);
  }

 private:
  void write(const models::ModelSpec& spec, const training::HeadStep& head) const {
    auto parameters = initial_parameters(job_, spec, static_cast<std::int64_t>(classes_.size()));
    const auto classifier = models::classifier_of(spec);
    parameters.at(classifier + ".weight").copy_(head.weight);
    parameters.at(classifier + ".bias").copy_(head.bias);
    write_weights(job_, spec, parameters, classes_);
  }

  const ResolvedJob& job_;
  const TrainingImages& examples_;
  const std::vector<std::string>& classes_;
  fs::path output_;
  std::string curve_;
  std::string summary_;
};

/// collective. Computes the features of all images on all ranks, then trains the classifiers on the root. Returns the
/// device of each rank, on the root, or nothing when a signal stopped it.
std::optional<std::vector<std::string>> train_heads(const comm::Communicator& ranks, ResolvedJob job,
                                                    const TrainingImages& examples, const Print& print) {
  job.methods.clear();
  job.output = Output::features;
  const fs::path output = job.config.output;
  const auto device = start_device(ranks, job.config.compute);
  std::vector<std::string> devices;
  for (const auto& [name, list] : {std::pair{"train", &examples.train}, std::pair{"val", &examples.val}}) {
    if (list->entries.empty()) {
      continue;
    }
    const auto file = output / fmt::format("features_{}.h5", name);
    const auto outcome = explain_job(ranks, job, device, *list, file, fmt::format("features of --{}", name));
    if (outcome.stopped) {
      return std::nullopt;
    }
    devices = outcome.devices;
  }
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      HeadTraining training(job, examples);
      for (const auto& spec : job.models) {
        print(training.train(*spec));
      }
      training.write_tables();
    }
  });
  return devices;
}

/// collective. Fine-tunes all models by gradient descent. Returns the device of each rank, on the root, or nothing when
/// a signal stopped it.
std::optional<std::vector<std::string>> fine_tune_all(const comm::Communicator& ranks, const ResolvedJob& job,
                                                      const TrainingImages& examples) {
  const auto device = start_device(ranks, job.config.compute);
  std::string summary = training_header;
  for (std::size_t model = 0; model < job.models.size(); ++model) {
    const auto done = fine_tune(ranks, job, model, examples, device);
    if (done.stopped) {
      return std::nullopt;
    }
    summary += done.summary;
  }
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      base::write_text(fs::path(job.config.output) / "tables" / "training.csv", summary);
    }
  });
  return ranks.gather(device.str());
}

/// A sentence for each option of fine-tuning that contradicts another one.
std::vector<std::string> mistakes_of(const job::TrainConfig& config) {
  std::vector<std::string> mistakes;
  if (config.layers == job::TrainedLayers::head) {
    return mistakes;  // which has neither epochs nor early stopping
  }
  if (config.warmup_epochs > config.epochs) {
    mistakes.push_back(
        fmt::format("warmup-epochs: {} is more than epochs, {}: the learning rate would never be reached",
                    config.warmup_epochs, config.epochs));
  }
  if (config.patience > 0 && config.val.empty()) {
    mistakes.push_back(
        fmt::format("patience: {} epochs without a better validation accuracy need validation images; "
                    "name them with --val",
                    config.patience));
  }
  return mistakes;
}

}  // namespace

base::ExitCode train(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print) {
  const base::Stopwatch stopwatch;
  ResolvedJob job;
  ranks.all_or_throw([&] {
    auto with_images = parsed;
    if (parsed.job.train.images.empty()) {
      with_images.mistakes.emplace_back("train: is not given; name a folder whose sub-folders are classes");
    }
    const auto relations = mistakes_of(parsed.job.train);
    with_images.mistakes.insert(with_images.mistakes.end(), relations.begin(), relations.end());
    with_images.job.images.source = parsed.job.train.images;
    job = resolve(with_images);
    require_unperturbed(job.config, "sightline train");
  });
  const fs::path output = job.config.output;
  const OutputClaim claim(ranks, output, "train");
  const auto examples = list_training_images(ranks, job.config);
  const auto devices = job.config.train.layers == job::TrainedLayers::head ? train_heads(ranks, job, examples, print)
                                                                           : fine_tune_all(ranks, job, examples);
  if (!devices) {
    return base::ExitCode::stopped;
  }
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    const double seconds = stopwatch.seconds();
    record_stage(output, parsed, ranks, *devices, "train", {{"seconds", seconds}});
    base::log_info(
        fmt::format("train: {} models in {:.1f} s -> {}", job.models.size(), seconds, (output / "weights").string()));
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages

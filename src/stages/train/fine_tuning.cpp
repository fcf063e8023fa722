#include "stages/train/fine_tuning.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <ATen/ops/empty.h>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "models/model_parameters.hpp"
#include "models/prediction.hpp"
#include "stages/run/progress.hpp"
#include "stages/train/trained_weights.hpp"
#include "stages/train/training_batches.hpp"
#include "stages/train/training_checkpoint.hpp"
#include "training/batch_statistics.hpp"
#include "training/fine_tune.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// The fine-tuning of one model.
class FineTuning {
 public:
  FineTuning(const comm::Communicator& ranks, const ResolvedJob& job, std::size_t index, const TrainingImages& images,
             c10::Device device)
      : ranks_(ranks),
        job_(job),
        spec_(*job.models[index]),
        images_(images),
        device_(device),
        batches_(ranks, job.config, spec_, images),
        checkpoint_(fs::path(job.config.output) / "checkpoints" / (spec_.label() + ".safetensors")),
        optimizer_({job.config.train.optimizer == job::Optimizer::sgd ? training::OptimizerSettings::Kind::sgd
                                                                      : training::OptimizerSettings::Kind::adamw,
                    0.9, job.config.train.weight_decay}),
        steps_per_epoch_(batches_.steps_per_epoch()) {}

  FineTuningResult run() {
    ranks_.all_or_throw([&] { prepare(); });
    const auto steps = steps_per_epoch_ * job_.config.train.epochs;
    Progress progress("train, " + spec_.label(), "steps", steps, ranks_.is_root(), job_.config.output);
    while (state_.step < steps && !finished_early()) {
      if (ranks_.any(base::stop_requested())) {
        ranks_.all_or_throw([&] { save(); });
        return {true, {}};
      }
      take_step(steps);
      if (state_.step % steps_per_epoch_ == 0) {
        end_epoch();
      } else if (state_.step % job_.config.train.checkpoint_steps == 0) {
        ranks_.all_or_throw([&] { save(); });
      }
      progress.update(state_.step);
    }
    return {false, finish()};
  }

 private:
  /// Loads the parameters, chooses those that are trained, and restores the checkpoint if there is one.
  void prepare() {
    state_.parameters = initial_parameters(job_, spec_, static_cast<std::int64_t>(images_.classes.size()));
    for (auto& [name, tensor] : state_.parameters) {
      tensor = tensor.to(device_);
    }
    trained_ = training::trained_parameters(
        spec_, state_.parameters,
        job_.config.train.layers == job::TrainedLayers::all ? -1 : job_.config.train.last_blocks);
    for (const auto& name : trained_) {
      gradient_size_ += state_.parameters.at(name).numel();
    }
    state_.updated_names = trained_;
    if (job_.config.train.synchronised_norms) {
      for (const auto& [name, tensor] : state_.parameters) {
        if (training::is_running_statistic(name) && trained_.count(name.substr(0, name.rfind('.')) + ".weight") != 0) {
          state_.updated_names.insert(name);
        }
      }
    }
    identity_ = identity();
    restore_checkpoint(checkpoint_, identity_, device_, state_, optimizer_);
  }

  /// Writes the checkpoint, on the root only.
  void save() const {
    if (ranks_.is_root()) {
      save_checkpoint(checkpoint_, identity_, state_, optimizer_);
    }
  }

  /// Whether the validation accuracy has not improved for more than --patience epochs.
  bool finished_early() const {
    return job_.config.train.patience > 0 &&
           state_.step / steps_per_epoch_ - state_.best_epoch > job_.config.train.patience && state_.best_epoch > 0;
  }

  /// collective. Takes one step with one batch. `steps`: the number of all steps.
  void take_step(std::int64_t steps) {
    BatchShare share;
    ranks_.all_or_throw([&] { share = batches_.load(state_.step); });
    std::array<double, 2> total{0.0, static_cast<double>(share.pictures)};
    std::vector<float> sums;
    if (job_.config.train.synchronised_norms) {
      total[0] = synchronised_gradient(share, sums);
    } else {
      ranks_.all_or_throw([&] { total[0] = gradient(share, models::Rules(), sums); });
    }
    ranks_.all_reduce_sum(sums);
    ranks_.all_reduce_sum(total);
    ranks_.all_or_throw([&] { update(sums, total[0], total[1], steps); });
  }

  /// Returns the sum of the losses over this rank's images. `sums` receives the gradients of all trained parameters,
  /// one after the other.
  double gradient(const BatchShare& share, const models::Rules& rules, std::vector<float>& sums) {
    const auto made = training::loss_gradient(spec_, state_.parameters, trained_, share.images.to(device_),
                                              share.labels.to(device_), job_.config.train.label_smoothing, rules);
    sums.resize(static_cast<std::size_t>(gradient_size_));
    auto* to = sums.data();
    for (const auto& [name, tensor] : made.tensors) {
      const auto plain = tensor.cpu().contiguous();
      to = std::copy_n(plain.const_data_ptr<float>(), plain.numel(), to);
    }
    return made.loss;
  }

  /// collective. The same, with the batch statistics of normalisation layers computed over all ranks.
  double synchronised_gradient(const BatchShare& share, std::vector<float>& sums) {
    const training::BatchStatistics statistics([this](std::span<double> values) { ranks_.all_reduce_sum(values); },
                                               trained_, share.pictures);
    const auto loss = gradient(share, statistics, sums);
    statistics.update(state_.parameters);
    return loss;
  }

  /// Updates the parameters. `sums`: the gradients and `losses`: the losses, both summed over the `count` images of the
  /// batch.
  void update(const std::vector<float>& sums, double losses, double count, std::int64_t steps) {
    if (count == 0.0) {  // no image of the batch could be read
      ++state_.step;
      return;
    }
    const auto loss = losses / count;
    if (!std::isfinite(loss)) {
      throw base::fault("{}: the loss is {} in step {}; lower --lr ({}); {}", spec_.id, loss, state_.step + 1,
                        job_.config.train.learning_rate,
                        fs::exists(checkpoint_) ? "the last good checkpoint is kept in " + checkpoint_.string()
                                                : "no checkpoint was written yet");
    }
    models::NamedTensors gradients;
    const auto* from = sums.data();
    for (const auto& name : trained_) {
      auto gradient = at::empty(state_.parameters.at(name).sizes());
      std::transform(from, from + gradient.numel(), gradient.mutable_data_ptr<float>(),
                     [count](float sum) { return sum / static_cast<float>(count); });
      from += gradient.numel();
      gradients[name] = gradient.to(device_);
    }
    const auto rate = training::learning_rate(job_.config.train.learning_rate, state_.step, steps,
                                              job_.config.train.warmup_epochs * steps_per_epoch_);
    optimizer_.step(state_.parameters, gradients, rate);
    ++state_.step;
    state_.loss_sum += losses;
    state_.epoch_images += count;
  }

  /// collective. The share of validation images whose predicted class is their label, in [0, 1]; NaN without images.
  double validate() {
    std::vector<double> counts(2);
    ranks_.all_or_throw([&] {
      const auto source = models::given_parameters(state_.parameters);
      models::Model model(spec_, *source, {device_, at::kFloat});
      const auto& entries = images_.val.entries;
      for (auto i = static_cast<std::size_t>(ranks_.rank()); i < entries.size();
           i += static_cast<std::size_t>(ranks_.size())) {
        if (const auto input = batches_.validation_input(i)) {
          const auto logits = model.forward(input->to(device_));
          counts[0] += models::predicted_classes(logits).item<std::int64_t>() == entries[i].label ? 1.0 : 0.0;
          counts[1] += 1.0;
        }
      }
    });
    ranks_.all_reduce_sum(counts);
    return counts[0] / counts[1];
  }

  /// collective. Validates, keeps the parameters if they are the best so far, and writes the checkpoint.
  void end_epoch() {
    if (state_.epoch_images == 0.0) {
      throw base::input_error("train: {}: none of the {} images could be read", job_.config.train.images,
                              images_.train.entries.size());
    }
    const auto epoch = state_.step / steps_per_epoch_;
    const auto accuracy = validate();
    const auto loss = state_.loss_sum / state_.epoch_images;
    state_.loss_sum = state_.epoch_images = 0.0;
    state_.curve += base::csv_line({spec_.label(), std::to_string(epoch), base::python_number(loss),
                                    base::python_number(accuracy)}) +
                    "\n";
    if (std::isnan(accuracy) || accuracy > state_.best_accuracy || state_.best.empty()) {
      state_.best_accuracy = accuracy;
      state_.best_epoch = epoch;
      state_.best.clear();
      for (const auto& name : state_.updated_names) {
        state_.best[name] = state_.parameters.at(name).clone();
      }
    }
    if (ranks_.is_root()) {
      base::log_info(fmt::format("train, {}: epoch {} of {}: loss {:.4f}, accuracy {:.4f}", spec_.label(), epoch,
                                 job_.config.train.epochs, loss, accuracy));
    }
    ranks_.all_or_throw([&] { save(); });
  }

  /// collective. Writes the best weights and the training curve. Returns the row of tables/training.csv.
  std::string finish() {
    ranks_.all_or_throw([&] {
      if (ranks_.is_root()) {
        for (const auto& [name, tensor] : state_.best) {
          state_.parameters[name] = tensor;
        }
        write_weights(job_, spec_, state_.parameters, images_.classes);
        base::make_writable_folder(fs::path(job_.config.output) / "tables");
        base::write_text(fs::path(job_.config.output) / "tables" / fmt::format("training_curve_{}.csv", spec_.label()),
                         "model,epoch,train_loss,val_accuracy\n" + state_.curve);
      }
    });
    return base::csv_line({spec_.label(), std::to_string(images_.train.entries.size()),
                           std::to_string(images_.val.entries.size()), "", base::python_number(state_.best_accuracy),
                           "", std::to_string(state_.step)}) +
           "\n";
  }

  /// The options and inputs that must be the same when a run continues. Reads the whole weights file, so it is called
  /// once.
  std::string identity() const {
    const auto& config = job_.config;
    return fmt::format(
        "weights={} train={} images={} classes={} transforms={} layers={} batch={} epochs={} lr={} optimizer={} "
        "weight-decay={} "
        "warmup-epochs={} label-smoothing={} augment={} min-scale={} batch-norm={} seed={}",
        models::parameters_identity(config.models.weights, spec_), config.train.images, images_.train.entries.size(),
        base::join(images_.classes, ","), transforms_name(config.images),
        config.train.layers == job::TrainedLayers::all ? -1 : config.train.last_blocks, batches_.batch(),
        config.train.epochs, config.train.learning_rate,
        config.train.optimizer == job::Optimizer::sgd ? "sgd" : "adamw", config.train.weight_decay,
        config.train.warmup_epochs, config.train.label_smoothing, config.train.augment, config.train.min_scale,
        config.train.synchronised_norms ? "synchronised" : "frozen", config.seed);
  }

  const comm::Communicator& ranks_;
  const ResolvedJob& job_;
  const models::ModelSpec& spec_;
  const TrainingImages& images_;
  c10::Device device_;
  TrainingBatches batches_;
  fs::path checkpoint_;
  training::Optimizer optimizer_;
  std::int64_t steps_per_epoch_;
  TrainingState state_;
  std::set<std::string> trained_;   ///< names of the trained parameters
  std::int64_t gradient_size_ = 0;  ///< the number of values in all trained parameters
  std::string identity_;            ///< identity()
};

}  // namespace

FineTuningResult fine_tune(const comm::Communicator& ranks, const ResolvedJob& job, std::size_t index,
                           const TrainingImages& images, c10::Device device) {
  return FineTuning(ranks, job, index, images, device).run();
}

}  // namespace sightline::stages

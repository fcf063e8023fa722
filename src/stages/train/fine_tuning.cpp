#include "stages/train/fine_tuning.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <ATen/ops/argmax.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <nlohmann/json.hpp>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/shuffle.hpp"
#include "base/text.hpp"
#include "comm/signals.hpp"
#include "images/augment.hpp"
#include "images/decode.hpp"
#include "models/model_parameters.hpp"
#include "models/weights/safetensors.hpp"
#include "stages/run/progress.hpp"
#include "stages/run/version.hpp"
#include "training/batch_statistics.hpp"
#include "training/fine_tune.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

constexpr auto state_prefix = "optimizer/";
constexpr auto best_prefix = "best/";

const char* transforms_name(const job::JobConfig& config) {
  return config.images.transforms == job::Transforms::common ? "common" : "model";
}

/// The pictures of a batch that one rank has, as the model takes them; where there are none, a black one of the class
/// -100, which counts nowhere.
struct Share {
  std::int64_t pictures = 0;
  at::Tensor images;
  at::Tensor labels;
};

class FineTuning {
 public:
  FineTuning(const comm::Communicator& ranks, const ResolvedJob& job, std::size_t index, const TrainingImages& images,
             const models::DeviceChoice& device)
      : ranks_(ranks),
        job_(job),
        spec_(*job.models[index]),
        images_(images),
        device_(device.device()),
        recipe_(spec_.recipe(job.config.images.transforms == job::Transforms::common)),
        checkpoint_(fs::path(job.config.output) / "checkpoints" / (spec_.label() + ".safetensors")),
        optimizer_({job.config.train.optimizer == job::Optimizer::sgd ? training::OptimizerSettings::Kind::sgd
                                                                      : training::OptimizerSettings::Kind::adamw,
                    0.9, job.config.train.weight_decay}) {
    const auto count = static_cast<std::int64_t>(images.train.entries.size());
    batch_ = std::min(job.config.train.batch, count);
    steps_per_epoch_ = (count + batch_ - 1) / batch_;
  }

  FineTuned run() {
    ranks_.all_or_throw([&] {
      parameters_ = start_parameters(job_, spec_, static_cast<std::int64_t>(images_.classes.size()));
      for (auto& [name, tensor] : parameters_) {
        tensor = tensor.to(device_);
      }
      trained_ = training::trained_parameters(
          spec_, parameters_, job_.config.train.layers == job::Layers::all ? -1 : job_.config.train.last_blocks);
      for (const auto& name : trained_) {
        gradient_size_ += parameters_.at(name).numel();
      }
      changing_ = trained_;
      if (job_.config.train.synchronised_norms) {
        for (const auto& [name, tensor] : parameters_) {
          if (training::is_statistic(name) && trained_.count(name.substr(0, name.rfind('.')) + ".weight") != 0) {
            changing_.insert(name);
          }
        }
      }
      identity_ = identity();
      restore();
    });
    const auto steps = steps_per_epoch_ * job_.config.train.epochs;
    Progress progress("train, " + spec_.label(), "steps", steps, ranks_.is_root(), job_.config.output);
    while (step_ < steps && !finished_early()) {
      if (ranks_.any(comm::stop_requested())) {
        ranks_.all_or_throw([&] { save(); });
        return {true, {}};
      }
      take_step(steps);
      if (step_ % steps_per_epoch_ == 0) {
        end_epoch();
      } else if (step_ % job_.config.train.checkpoint_steps == 0) {
        ranks_.all_or_throw([&] { save(); });
      }
      progress.update(step_);
    }
    return {false, finish()};
  }

 private:
  bool finished_early() const {
    return job_.config.train.patience > 0 && step_ / steps_per_epoch_ - best_epoch_ > job_.config.train.patience &&
           best_epoch_ > 0;
  }

  /// The list's order in an epoch.
  std::size_t picture_at(std::int64_t epoch, std::int64_t place) {
    if (order_epoch_ != epoch) {
      order_.resize(images_.train.entries.size());
      std::iota(order_.begin(), order_.end(), 0);
      base::shuffle(order_, base::NumberStream(fmt::format("train.order:{}", epoch), job_.config.seed));
      order_epoch_ = epoch;
    }
    return order_[static_cast<std::size_t>(place)];
  }

  /// Decodes; nothing for a file that cannot be read, where those are to be skipped.
  std::optional<images::Image> read(const images::ImageList& list, std::size_t index) {
    try {
      return images::decode_file(list.file(index));
    } catch (const base::Error& error) {
      if (job_.config.images.on_bad_image == job::BadImage::fail) {
        throw;
      }
      if (skipped_.insert(list.entries[index].path).second) {
        base::log_warning(fmt::format("train, {}: skipped: {}", spec_.label(), error.what()));
      }
      return std::nullopt;
    }
  }

  at::Tensor normalised(const std::vector<images::Image>& pictures) const {
    const auto side = std::int64_t{recipe_.size};
    auto made = at::empty({static_cast<std::int64_t>(pictures.size()), 3, side, side},
                          at::TensorOptions().memory_format(at::MemoryFormat::ChannelsLast));
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      images::normalise(pictures[i], spec_.mean, spec_.std,
                        made.mutable_data_ptr<float>() + i * static_cast<std::size_t>(3 * side * side));
    }
    return made;
  }

  /// Every ranks-th picture of the batch.
  Share load(std::int64_t epoch, std::int64_t first, std::int64_t count) {
    std::vector<images::Image> pictures;
    std::vector<std::int64_t> labels;
    for (std::int64_t i = ranks_.rank(); i < count; i += ranks_.size()) {
      const auto index = picture_at(epoch, first + i);
      const auto& entry = images_.train.entries[index];
      const auto picture = read(images_.train, index);
      if (!picture) {
        continue;
      }
      const base::NumberStream stream(fmt::format("train.augment:{}:{}", epoch, entry.path), job_.config.seed);
      pictures.push_back(job_.config.train.augment
                             ? images::random_resized_crop(*picture, recipe_, job_.config.train.min_scale, stream)
                             : images::apply(recipe_, *picture));
      labels.push_back(entry.label);
    }
    const auto good = static_cast<std::int64_t>(pictures.size());
    if (pictures.empty()) {
      return {0, at::zeros({1, 3, recipe_.size, recipe_.size}), at::full({1}, -100, at::kLong)};
    }
    auto made = at::empty({good}, at::kLong);
    std::copy(labels.begin(), labels.end(), made.mutable_data_ptr<std::int64_t>());
    return {good, normalised(pictures), made};
  }

  void take_step(std::int64_t steps) {
    const auto epoch = step_ / steps_per_epoch_;
    const auto first = step_ % steps_per_epoch_ * batch_;
    const auto count = std::min(batch_, static_cast<std::int64_t>(images_.train.entries.size()) - first);
    Share share;
    ranks_.all_or_throw([&] { share = load(epoch, first, count); });
    std::array<double, 2> total{0.0, static_cast<double>(share.pictures)};
    std::vector<float> sums;
    if (job_.config.train.synchronised_norms) {
      total[0] = synchronised_gradient(share, sums);
    } else {
      ranks_.all_or_throw([&] { total[0] = gradient(share, models::Rules(), sums); });
    }
    ranks_.sum(sums);
    ranks_.sum(total);
    ranks_.all_or_throw([&] { update(sums, total[0], total[1], steps); });
  }

  /// The sum of the losses; their gradients one behind another into `sums`.
  double gradient(const Share& share, const models::Rules& rules, std::vector<float>& sums) {
    const auto made = training::loss_gradient(spec_, parameters_, trained_, share.images.to(device_),
                                              share.labels.to(device_), job_.config.train.label_smoothing, rules);
    sums.resize(static_cast<std::size_t>(gradient_size_));
    auto* to = sums.data();
    for (const auto& [name, tensor] : made.tensors) {
      const auto plain = tensor.cpu().contiguous();
      to = std::copy_n(plain.const_data_ptr<float>(), plain.numel(), to);
    }
    return made.loss;
  }

  /// collective.
  double synchronised_gradient(const Share& share, std::vector<float>& sums) {
    const training::BatchStatistics statistics([this](std::span<double> values) { ranks_.sum(values); }, trained_,
                                               share.pictures);
    const auto loss = gradient(share, statistics, sums);
    statistics.update(parameters_);
    return loss;
  }

  /// `losses`: their sum over the `count` pictures of the batch.
  void update(const std::vector<float>& sums, double losses, double count, std::int64_t steps) {
    if (count == 0.0) {  // all skipped
      ++step_;
      return;
    }
    const auto loss = losses / count;
    if (!std::isfinite(loss)) {
      throw base::fault("{}: the loss is {} in step {}: lower --lr ({}); {}", spec_.id, loss, step_ + 1,
                        job_.config.train.learning_rate,
                        fs::exists(checkpoint_) ? "the last good checkpoint is kept in " + checkpoint_.string()
                                                : "no checkpoint was written yet");
    }
    models::NamedTensors gradients;
    const auto* from = sums.data();
    for (const auto& name : trained_) {
      auto gradient = at::empty(parameters_.at(name).sizes());
      std::transform(from, from + gradient.numel(), gradient.mutable_data_ptr<float>(),
                     [count](float sum) { return sum / static_cast<float>(count); });
      from += gradient.numel();
      gradients[name] = gradient.to(device_);
    }
    const auto rate = training::learning_rate(job_.config.train.learning_rate, step_, steps,
                                              job_.config.train.warmup_epochs * steps_per_epoch_);
    optimizer_.step(parameters_, gradients, rate);
    ++step_;
    loss_sum_ += losses;
    seen_ += count;
  }

  /// collective. The share of validation images that are right, by the evaluation recipe; NaN without any.
  double validate() {
    std::vector<double> counts(2);
    ranks_.all_or_throw([&] {
      const auto source = models::given_parameters(parameters_);
      models::Model model(spec_, *source, {device_, at::kFloat});
      const auto& entries = images_.val.entries;
      for (auto i = static_cast<std::size_t>(ranks_.rank()); i < entries.size();
           i += static_cast<std::size_t>(ranks_.size())) {
        if (const auto picture = read(images_.val, i)) {
          const auto logits = model.forward(normalised({images::apply(recipe_, *picture)}).to(device_));
          counts[0] += logits.argmax(1).item<std::int64_t>() == entries[i].label ? 1.0 : 0.0;
          counts[1] += 1.0;
        }
      }
    });
    ranks_.sum(counts);
    return counts[0] / counts[1];
  }

  void end_epoch() {
    if (seen_ == 0.0) {
      throw base::input_error("train: {}: none of the {} pictures could be read", job_.config.train.images,
                              images_.train.entries.size());
    }
    const auto epoch = step_ / steps_per_epoch_;
    const auto accuracy = validate();
    const auto loss = loss_sum_ / seen_;
    loss_sum_ = seen_ = 0.0;
    curve_ += base::csv_line(
                  {spec_.label(), std::to_string(epoch), base::python_number(loss), base::python_number(accuracy)}) +
              "\n";
    if (std::isnan(accuracy) || accuracy > best_accuracy_ || best_.empty()) {
      best_accuracy_ = accuracy;
      best_epoch_ = epoch;
      best_.clear();
      for (const auto& name : changing_) {
        best_[name] = parameters_.at(name).clone();
      }
    }
    if (ranks_.is_root()) {
      base::log_info(fmt::format("train, {}: epoch {} of {}: loss {:.4f}, accuracy {:.4f}", spec_.label(), epoch,
                                 job_.config.train.epochs, loss, accuracy));
    }
    ranks_.all_or_throw([&] { save(); });
  }

  std::string finish() {
    ranks_.all_or_throw([&] {
      if (ranks_.is_root()) {
        for (const auto& [name, tensor] : best_) {
          parameters_[name] = tensor;
        }
        write_weights(job_, spec_, parameters_, images_.classes);
        base::make_writable_folder(fs::path(job_.config.output) / "tables");
        base::write_text(fs::path(job_.config.output) / "tables" / fmt::format("training_curve_{}.csv", spec_.label()),
                         "model,epoch,train_loss,val_accuracy\n" + curve_);
      }
    });
    return base::csv_line({spec_.label(), std::to_string(images_.train.entries.size()),
                           std::to_string(images_.val.entries.size()), "", base::python_number(best_accuracy_), "",
                           std::to_string(step_)}) +
           "\n";
  }

  /// Root only: everything that the next step depends on.
  void save() const {
    if (!ranks_.is_root()) {
      return;
    }
    models::NamedTensors all;
    for (const auto& name : changing_) {
      all[name] = parameters_.at(name);
    }
    for (const auto& [name, tensor] : optimizer_.state()) {
      all[state_prefix + name] = tensor;
    }
    for (const auto& [name, tensor] : best_) {
      all[best_prefix + name] = tensor;
    }
    base::make_writable_folder(checkpoint_.parent_path());
    models::write_safetensors(checkpoint_, all,
                              {{"job", identity_},
                               {"step", std::to_string(step_)},
                               {"loss_sum", base::python_number(loss_sum_)},
                               {"seen", base::python_number(seen_)},
                               {"best_accuracy", base::python_number(best_accuracy_)},
                               {"best_epoch", std::to_string(best_epoch_)},
                               {"curve", curve_}});
  }

  void restore() {
    if (!fs::exists(checkpoint_)) {
      return;
    }
    const models::SafetensorsFile file(checkpoint_);
    const auto& facts = file.metadata();
    if (facts.at("job") != identity_) {
      throw base::usage_error("output: {} was written with other options:\n  {}\n  now:\n  {}", checkpoint_.string(),
                              facts.at("job"), identity_);
    }
    models::NamedTensors state;
    for (const auto& name : file.names()) {
      auto tensor = file.tensor(name).clone().to(device_);
      if (name.starts_with(state_prefix)) {
        state[name.substr(std::string(state_prefix).size())] = tensor;
      } else if (name.starts_with(best_prefix)) {
        best_[name.substr(std::string(best_prefix).size())] = tensor;
      } else {
        parameters_.at(name) = tensor;
      }
    }
    step_ = *base::parse_integer(facts.at("step"));
    optimizer_.restore(std::move(state), step_);
    loss_sum_ = *base::parse_number(facts.at("loss_sum"));
    seen_ = *base::parse_number(facts.at("seen"));
    best_accuracy_ = base::parse_number(facts.at("best_accuracy")).value_or(std::nan(""));
    best_epoch_ = *base::parse_integer(facts.at("best_epoch"));
    curve_ = facts.at("curve");
  }

  /// What must not change between two runs. Reads the whole weights file: once is enough.
  std::string identity() const {
    const auto& config = job_.config;
    return fmt::format(
        "weights={} train={} images={} classes={} transforms={} layers={} batch={} epochs={} lr={} optimizer={} "
        "weight-decay={} "
        "warmup-epochs={} label-smoothing={} augment={} min-scale={} batch-norm={} seed={}",
        models::parameters_identity(config.models.weights, spec_), config.train.images, images_.train.entries.size(),
        base::join(images_.classes, ","), transforms_name(config),
        config.train.layers == job::Layers::all ? -1 : config.train.last_blocks, batch_, config.train.epochs,
        config.train.learning_rate, config.train.optimizer == job::Optimizer::sgd ? "sgd" : "adamw",
        config.train.weight_decay, config.train.warmup_epochs, config.train.label_smoothing, config.train.augment,
        config.train.min_scale, config.train.synchronised_norms ? "synchronised" : "frozen", config.seed);
  }

  const comm::Communicator& ranks_;
  const ResolvedJob& job_;
  const models::ModelSpec& spec_;
  const TrainingImages& images_;
  c10::Device device_;
  images::Recipe recipe_;
  fs::path checkpoint_;
  training::Optimizer optimizer_;
  models::NamedTensors parameters_;
  std::set<std::string> trained_;
  std::set<std::string> changing_;  ///< these and the running statistics that follow the batches
  std::int64_t gradient_size_ = 0;  ///< numbers in all trained parameters
  std::string identity_;
  std::int64_t batch_ = 0;
  std::int64_t steps_per_epoch_ = 0;
  std::int64_t step_ = 0;
  double loss_sum_ = 0.0;          ///< of this epoch
  double seen_ = 0.0;              ///< pictures, likewise
  std::set<std::string> skipped_;  ///< pictures that could not be read
  std::vector<std::size_t> order_;
  std::int64_t order_epoch_ = -1;
  models::NamedTensors best_;
  double best_accuracy_ = std::nan("");
  std::int64_t best_epoch_ = 0;
  std::string curve_;
};

}  // namespace

models::NamedTensors start_parameters(const ResolvedJob& job, const models::ModelSpec& spec, std::int64_t classes) {
  const auto source = models::open_parameters(job.config.models.weights, spec);
  auto parameters = models::load_parameters(*source, spec);
  for (auto& [name, tensor] : parameters) {
    tensor = tensor.clone();  // a file is mapped, and read only
  }
  const auto classifier = models::classifier_of(spec);
  auto& weight = parameters.at(classifier + ".weight");
  if (weight.size(0) != classes) {
    auto shape = weight.sizes().vec();
    shape[0] = classes;
    weight = at::zeros(shape);
    parameters.at(classifier + ".bias") = at::zeros({classes});
  }
  return parameters;
}

void write_weights(const ResolvedJob& job, const models::ModelSpec& spec, const models::NamedTensors& parameters,
                   const std::vector<std::string>& classes) {
  const bool common = job.config.images.transforms == job::Transforms::common;
  const auto folder = fs::path(job.config.output) / "weights";
  base::make_writable_folder(folder);
  models::write_safetensors(folder / (spec.id + ".safetensors"), parameters,
                            {{"format", "pt"},
                             {"timm_id", spec.id},
                             {"class_names", nlohmann::json(classes).dump()},
                             {"transforms", transforms_name(job.config)},
                             {"input_size", std::to_string(spec.recipe(common).size)},
                             {"mean", nlohmann::json(spec.mean).dump()},
                             {"std", nlohmann::json(spec.std).dump()},
                             {"trained_from", models::parameters_identity(job.config.models.weights, spec)},
                             {"program", program_version()}});
}

FineTuned fine_tune(const comm::Communicator& ranks, const ResolvedJob& job, std::size_t index,
                    const TrainingImages& images, const models::DeviceChoice& device) {
  return FineTuning(ranks, job, index, images, device).run();
}

}  // namespace sightline::stages

#include "job/training_options.hpp"

#include "job/setters.hpp"

namespace sightline::job {

namespace {

void set_layers(JobConfig& job, const std::string& value) {
  const std::string prefix = "last:";
  const auto blocks = value.starts_with(prefix) ? base::parse_integer(value.substr(prefix.size())).value_or(0) : 0;
  if (value != "head" && value != "all" && blocks < 1) {
    throw base::usage_error("'{}' is not head, all or last:K with K of at least 1", value);
  }
  job.train.layers = value == "head" ? TrainedLayers::head : value == "all" ? TrainedLayers::all : TrainedLayers::last;
  job.train.last_blocks = blocks;
}

}  // namespace

std::vector<Option> training_options() {
  return {
      {"train", "FOLDER|TAR|CSV", "",
       "labelled training images: a folder whose sub-folders are classes, tar archives (see --images), or a CSV with a "
       "header path,label",
       Topic::train, set_text({&JobConfig::train, &TrainConfig::images})},
      {"val", "FOLDER|TAR|CSV", "", "labelled validation images of the same classes", Topic::train,
       set_text({&JobConfig::train, &TrainConfig::val})},
      {"layers", "head|last:K|all", "head",
       "what is trained; head: only the classifier, to convergence, on features that are computed once per image; "
       "last:K: the last K blocks and the layers after them; all: all layers",
       Topic::train, set_layers},
      {"epochs", "N", "1", "passes over the training images (not for --layers head)", Topic::train,
       set_integer({&JobConfig::train, &TrainConfig::epochs}, 1, 100'000)},
      {"train-batch", "N images", "32", "images per step, over all ranks", Topic::train,
       set_integer({&JobConfig::train, &TrainConfig::batch}, 1, 65536)},
      {"lr", "RATE", "0.001", "the highest learning rate; it falls to 0 along half a cosine", Topic::train,
       set_positive({&JobConfig::train, &TrainConfig::learning_rate})},
      {"optimizer", "sgd|adamw", "sgd", "optimizer; sgd has a momentum of 0.9", Topic::train,
       set_choice<Optimizer, Optimizer>({&JobConfig::train, &TrainConfig::optimizer},
                                        {{"sgd", Optimizer::sgd}, {"adamw", Optimizer::adamw}})},
      {"warmup-epochs", "N", "0", "epochs in which the learning rate rises from 0", Topic::train,
       set_integer({&JobConfig::train, &TrainConfig::warmup_epochs}, 0, 100'000)},
      {"augment", "on|off", "on", "random resized crops and flips; off: the transforms of --transforms", Topic::train,
       set_choice<bool, bool>({&JobConfig::train, &TrainConfig::augment}, {{"on", true}, {"off", false}})},
      {"min-scale", "SHARE", "0.35", "smallest area of a random crop, as a share of the image", Topic::train,
       set_in_open_interval({&JobConfig::train, &TrainConfig::min_scale}, 0.0, 1.0)},
      {"patience", "N epochs", "0",
       "training ends when more than N epochs in a row bring no better validation accuracy; 0 = never", Topic::train,
       set_integer({&JobConfig::train, &TrainConfig::patience}, 0, 100'000)},
      {"batch-norm", "frozen|synchronised", "frozen",
       "statistics that trained batch norms normalise by; frozen: their running statistics, which do not change; "
       "synchronised: those of the batch over all ranks, which update the running ones (not for --layers head)",
       Topic::train,
       set_choice<bool, bool>({&JobConfig::train, &TrainConfig::synchronised_norms},
                              {{"frozen", false}, {"synchronised", true}})},
      {"checkpoint-steps", "N", "50", "steps between checkpoints; one is also written after every epoch", Topic::train,
       set_integer({&JobConfig::train, &TrainConfig::checkpoint_steps}, 1, 1'000'000)},
      {"weight-decay", "LAMBDA", "0.001", "factor of the penalty LAMBDA / 2 |W|^2; biases are not penalised",
       Topic::train, set_in_half_open_interval({&JobConfig::train, &TrainConfig::weight_decay}, 0.0, 1e6)},
      {"label-smoothing", "SHARE", "0", "share of the target probability that is spread over all classes", Topic::train,
       set_in_half_open_interval({&JobConfig::train, &TrainConfig::label_smoothing}, 0.0, 1.0)},
  };
}

}  // namespace sightline::job

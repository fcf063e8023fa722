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
      {"train", "FOLDER|CSV", "", "the labelled images to learn from: a folder whose sub-folders are classes",
       Topic::train, set_text({&JobConfig::train, &TrainConfig::images})},
      {"val", "FOLDER|CSV", "", "labelled images of the same classes that are only looked at", Topic::train,
       set_text({&JobConfig::train, &TrainConfig::val})},
      {"layers", "head|last:K|all", "head",
       "what is trained; head: the classifier alone, on features that are computed once per image, to convergence; "
       "last:K: "
       "the last K blocks and what follows them; all: everything",
       Topic::train, set_layers},
      {"epochs", "N", "1", "how often every image is seen (not for --layers head)", Topic::train,
       set_integer({&JobConfig::train, &TrainConfig::epochs}, 1, 100'000)},
      {"train-batch", "N images", "32", "in a step, over all ranks", Topic::train,
       set_integer({&JobConfig::train, &TrainConfig::batch}, 1, 65536)},
      {"lr", "RATE", "0.001", "the highest learning rate; it falls to 0 along half a cosine", Topic::train,
       set_positive({&JobConfig::train, &TrainConfig::learning_rate})},
      {"optimizer", "sgd|adamw", "sgd", "sgd has a momentum of 0.9", Topic::train,
       set_choice<Optimizer, Optimizer>({&JobConfig::train, &TrainConfig::optimizer},
                                        {{"sgd", Optimizer::sgd}, {"adamw", Optimizer::adamw}})},
      {"warmup-epochs", "N", "0", "during which the learning rate rises from 0", Topic::train,
       set_integer({&JobConfig::train, &TrainConfig::warmup_epochs}, 0, 100'000)},
      {"augment", "on|off", "on", "random resized crops and flips; off: the evaluation recipe", Topic::train,
       set_choice<bool, bool>({&JobConfig::train, &TrainConfig::augment}, {{"on", true}, {"off", false}})},
      {"min-scale", "SHARE", "0.35", "smallest area of a random crop", Topic::train,
       set_in_open_interval({&JobConfig::train, &TrainConfig::min_scale}, 0.0, 1.0)},
      {"patience", "N epochs", "0", "without a better validation accuracy, after which training ends; 0 = never",
       Topic::train, set_integer({&JobConfig::train, &TrainConfig::patience}, 0, 100'000)},
      {"batch-norm", "frozen|synchronised", "frozen",
       "what trained norms normalise by: their running statistics, which stay, or those of the whole batch over all "
       "ranks, towards which the running ones move (not for --layers head)",
       Topic::train,
       set_choice<bool, bool>({&JobConfig::train, &TrainConfig::synchronised_norms},
                              {{"frozen", false}, {"synchronised", true}})},
      {"checkpoint-steps", "N", "50", "between checkpoints; one is written after every epoch as well", Topic::train,
       set_integer({&JobConfig::train, &TrainConfig::checkpoint_steps}, 1, 1'000'000)},
      {"weight-decay", "LAMBDA", "0.001", "of LAMBDA / 2 |W|^2; biases are left alone", Topic::train,
       set_in_half_open_interval({&JobConfig::train, &TrainConfig::weight_decay}, 0.0, 1e6)},
      {"label-smoothing", "SHARE", "0", "of the target that is spread over all classes", Topic::train,
       set_in_half_open_interval({&JobConfig::train, &TrainConfig::label_smoothing}, 0.0, 1.0)},
  };
}

}  // namespace sightline::job

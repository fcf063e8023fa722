#include "job/training_options.hpp"

#include "job/setters.hpp"

namespace sightline::job {

std::vector<Option> training_options() {
  const std::vector<std::string> train = {"train"};
  return {
      {"train", "FOLDER|CSV", "", "the labelled images to learn from: a folder whose sub-folders are classes", train,
       text_to(&JobConfig::train)},
      {"val", "FOLDER|CSV", "", "labelled images of the same classes that are only looked at", train,
       text_to(&JobConfig::val)},
      {"layers", "head", "head",
       "what is trained; head: the classifier alone, on features that are computed once per image, to convergence",
       train, choice_to<Layers, Layers>(&JobConfig::layers, {{"head", Layers::head}})},
      {"weight-decay", "LAMBDA", "0.001", "of LAMBDA / 2 |W|^2; biases are left alone", train,
       from_to(&JobConfig::weight_decay, 0.0, 1e6)},
      {"label-smoothing", "SHARE", "0", "of the target that is spread over all classes", train,
       from_to(&JobConfig::label_smoothing, 0.0, 1.0)},
  };
}

}  // namespace sightline::job

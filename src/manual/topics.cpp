#include "manual/topics.hpp"

#include <algorithm>

#include "app/all_options.hpp"

namespace sightline::manual {

std::string title_of(job::Topic topic) {
  using job::Topic;
  switch (topic) {
    case Topic::output:
      return "Output";
    case Topic::models:
      return "Models";
    case Topic::methods:
      return "Methods";
    case Topic::images:
      return "Images";
    case Topic::predict:
      return "Weights, transforms and devices";
    case Topic::perturb:
      return "Perturbed images";
    case Topic::bad_images:
      return "Broken images";
    case Topic::seed:
      return "Random choices";
    case Topic::explain:
      return "What is explained";
    case Topic::parameters:
      return "Parameters of the methods";
    case Topic::part:
      return "A part of the images";
    case Topic::represent:
      return "Representations";
    case Topic::compare:
      return "Comparison";
    case Topic::stored_explanations:
      return "Explanations of another run";
    case Topic::cluster:
      return "Clustering";
    case Topic::report:
      return "Figures and report";
    case Topic::python:
      return "Python interpreter";
    case Topic::export_format:
      return "Export";
    case Topic::mosaics:
      return "Mosaics";
    case Topic::focus:
      return "Focus";
    case Topic::score_intervals:
      return "Intervals of scores";
    case Topic::bias:
      return "Bias";
    case Topic::train:
      return "Training";
    case Topic::plan:
      return "Plan";
    case Topic::pack:
      return "Packing";
  }
  return {};
}

bool takes(const app::Command& command, job::Topic topic) {
  return std::find(command.topics.begin(), command.topics.end(), topic) != command.topics.end();
}

std::vector<std::string> commands_with(job::Topic topic) {
  std::vector<std::string> names;
  for (const auto& command : app::all_commands()) {
    if (takes(command, topic)) {
      names.push_back(command.name);
    }
  }
  return names;
}

std::vector<job::Topic> all_topics() {
  std::vector<job::Topic> topics;
  for (const auto& option : app::all_options()) {
    if (std::find(topics.begin(), topics.end(), option.topic) == topics.end()) {
      topics.push_back(option.topic);
    }
  }
  return topics;
}

}  // namespace sightline::manual

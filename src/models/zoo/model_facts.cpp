#include "models/zoo/model_facts.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace sightline::models {
namespace {

/// Whether a part of a tag is the name of a data set: ImageNet with some thousands of classes, as timm abbreviates it.
bool is_data_set(const std::string& part) {
  return part.size() > 3 && part.starts_with("in") && part.ends_with('k') &&
         std::all_of(part.begin() + 2, part.end() - 1, [](char digit) { return '0' <= digit && digit <= '9'; });
}

void read_training(const std::string& tag, ModelFacts& facts) {
  std::vector<std::string> trainings;
  for (const auto& part : base::split_list(tag, '_')) {
    if (is_data_set(part) || part == "fcmae") {
      trainings.push_back(part);
    }
  }
  if (!trainings.empty()) {
    facts.training_data = trainings.back();
    trainings.pop_back();
    facts.pretraining = base::join(trainings, "+");
  }
}

/// The side of the first convolution's kernel if it is even: those of patches are, and those of stems, which have a
/// middle, are odd.
std::int64_t patch_size_of(const std::vector<ParameterFact>& parameters) {
  const auto first = std::find_if(parameters.begin(), parameters.end(), [](const ParameterFact& fact) {
    return fact.shape.size() == 4 && fact.shape[1] == 3;
  });
  return first == parameters.end() || first->shape[2] % 2 != 0 ? 0 : first->shape[2];
}

}  // namespace

ModelFacts facts_of(const ModelSpec& spec) {
  const auto list = list_parameters(spec);
  ModelFacts facts;
  facts.parameters = list.count;
  facts.patch_size = patch_size_of(list.parameters);
  const auto dot = spec.id.find('.');
  read_training(dot == std::string::npos ? "in1k" : spec.id.substr(dot + 1), facts);
  return facts;
}

}  // namespace sightline::models

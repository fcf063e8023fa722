#include "stages/train/training_checkpoint.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "models/weights/safetensors.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

constexpr auto state_prefix = "optimizer/";
constexpr auto best_prefix = "best/";

}  // namespace

void save_checkpoint(const fs::path& file, const std::string& identity, const TrainingState& state,
                     const training::Optimizer& optimizer) {
  models::NamedTensors all;
  for (const auto& name : state.updated_names) {
    all[name] = state.parameters.at(name);
  }
  for (const auto& [name, tensor] : optimizer.state()) {
    all[state_prefix + name] = tensor;
  }
  for (const auto& [name, tensor] : state.best) {
    all[best_prefix + name] = tensor;
  }
  base::make_writable_folder(file.parent_path());
  models::write_safetensors(file, all,
                            {{"job", identity},
                             {"step", std::to_string(state.step)},
                             {"loss_sum", base::python_number(state.loss_sum)},
                             {"seen", base::python_number(state.epoch_images)},
                             {"best_accuracy", base::python_number(state.best_accuracy)},
                             {"best_epoch", std::to_string(state.best_epoch)},
                             {"curve", state.curve}});
}

void restore_checkpoint(const fs::path& file, const std::string& identity, c10::Device device, TrainingState& state,
                        training::Optimizer& optimizer) {
  if (!fs::exists(file)) {
    return;
  }
  const models::SafetensorsFile stored(file);
  const auto& facts = stored.metadata();
  if (facts.at("job") != identity) {
    throw base::usage_error("output: {} was written with other options:\n  {}\n  now:\n  {}", file.string(),
                            facts.at("job"), identity);
  }
  models::NamedTensors moments;
  for (const auto& name : stored.names()) {
    auto tensor = stored.tensor(name).clone().to(device);
    if (name.starts_with(state_prefix)) {
      moments[name.substr(std::string(state_prefix).size())] = tensor;
    } else if (name.starts_with(best_prefix)) {
      state.best[name.substr(std::string(best_prefix).size())] = tensor;
    } else {
      state.parameters.at(name) = tensor;
    }
  }
  state.step = *base::parse_integer(facts.at("step"));
  optimizer.restore(std::move(moments), state.step);
  state.loss_sum = *base::parse_number(facts.at("loss_sum"));
  state.epoch_images = *base::parse_number(facts.at("seen"));
  state.best_accuracy = base::parse_number(facts.at("best_accuracy")).value_or(std::nan(""));
  state.best_epoch = *base::parse_integer(facts.at("best_epoch"));
  state.curve = facts.at("curve");
}

}  // namespace sightline::stages

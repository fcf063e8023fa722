#include "stages/explain/explainer.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "base/error.hpp"
#include "base/process.hpp"
#include "base/stop.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "models/kernels/on_host.hpp"
#include "stages/explain/store_plan.hpp"

namespace sightline::stages {
namespace {

/// Collects errors, so that the weights of all models are checked before one error reports them.
class Mistakes {
 public:
  void collect(const std::function<void()>& work) {
    try {
      work();
    } catch (const base::Error& error) {
      texts_.emplace_back(error.what());
      code_ = error.code();
    }
  }
  void report() const {
    if (!texts_.empty()) {
      throw base::Error(code_, base::join(texts_, "\n  "));
    }
  }

 private:
  std::vector<std::string> texts_;
  base::ExitCode code_ = base::ExitCode::input;
};

/// Adds one model to the survey.
void survey_model(const ResolvedJob& job, LoadedModel& loaded, Survey& survey) {
  auto grey = grey_subject(loaded);
  survey.models.push_back(plan_model(job, loaded, grey, survey.superpixels));
  survey.fits.emplace_back();
  for (const auto& method : loaded.methods) {
    survey.fits.back().push_back(method != nullptr);
  }
  survey.misfits.insert(survey.misfits.end(), loaded.misfits.begin(), loaded.misfits.end());
  const base::Stopwatch stopwatch;
  grey_subject(loaded).logits();  // the pass above was the warm-up
  survey.costs.push_back(stopwatch.seconds());
  const double forward = survey.costs.back();
  survey.record_seconds.push_back(record_seconds(
      loaded, grey,
      {forward * forward_passes(!loaded.layers.empty()), forward, forward, forward * forward_passes(true)}));
}

}  // namespace

std::vector<double> record_seconds(const LoadedModel& loaded, attribution::Subject& grey, const PassSeconds& pass) {
  std::vector<double> seconds = {pass.shared};
  for (const auto& method : loaded.methods) {
    const auto passes = method ? method->passes(grey) : attribution::Passes();
    seconds.push_back(static_cast<double>(passes.forward) * pass.forward +
                      static_cast<double>(passes.masked) * pass.masked +
                      static_cast<double>(passes.gradient) * pass.gradient);
  }
  return seconds;
}

Explainer::Explainer(const ResolvedJob& job, c10::Device device, std::size_t batch)
    : job_(job), device_(device), batch_(batch), batches_(job, batch) {}

Survey Explainer::survey(const std::function<void(LoadedModel&)>& visit) {
  Survey survey;
  Mistakes mistakes;
  for (std::size_t model = 0; model < job_.models.size(); ++model) {
    base::throw_if_stopped();
    mistakes.collect([&] {
      const auto held =
          std::find_if(held_.begin(), held_.end(), [&](const auto& other) { return other.index == model; });
      std::optional<LoadedModel> temporary;
      auto& loaded = held != held_.end() ? *held : temporary.emplace(job_, model, device_);
      survey_model(job_, loaded, survey);
      if (visit) {
        visit(loaded);
      }
    });
  }
  mistakes.report();
  return survey;
}

std::size_t Explainer::decode_threads() const {
  constexpr int most = 8;
  const auto given = job_.config.images.decode_threads;
  const int own = models::on_host(device_) ? 1 : std::clamp(base::available_cores(), 1, most);
  return static_cast<std::size_t>(given > 0 ? given : own);
}

std::vector<images::Recipe> Explainer::recipes(const plan::ModelGroup& models) const {
  std::vector<images::Recipe> recipes;
  for (const auto model : models) {
    const auto recipe = recipe_of(job_, model);
    if (std::find(recipes.begin(), recipes.end(), recipe) == recipes.end()) {
      recipes.push_back(recipe);
    }
  }
  return recipes;
}

void Explainer::hold(const plan::ModelGroup& models) {
  if (std::equal(models.begin(), models.end(), held_.begin(), held_.end(),
                 [](std::size_t model, const LoadedModel& held) { return model == held.index; })) {
    return;
  }
  held_.clear();
  Mistakes mistakes;
  for (const auto model : models) {
    mistakes.collect([&] { held_.emplace_back(job_, model, device_); });
  }
  mistakes.report();
  recipes_ = recipes(models);
}

std::size_t Explainer::recipe_index(const LoadedModel& loaded) const {
  return static_cast<std::size_t>(std::find(recipes_.begin(), recipes_.end(), loaded.recipe) - recipes_.begin());
}

void Explainer::explain(const plan::WorkUnit& unit, const std::vector<plan::Batch>& batches,
                        const plan::ModelGroup& models, const images::LoadedChunk& chunk, RecordTarget& target) {
  hold(models);
  batches_.forget_images();
  for (const auto& loaded : held_) {
    for (const auto& batch : batches) {
      if (target.missing.any(loaded.index, batch)) {
        RecordWriter writer(job_, loaded, {unit.first, unit.count}, chunk, batches_.superpixels(), target);
        const auto inputs = BatchExplainer::assemble(loaded, recipe_index(loaded), batch, chunk, target.entries);
        batches_.explain(loaded, inputs, batch.first, writer);
      }
    }
  }
}

}  // namespace sightline::stages

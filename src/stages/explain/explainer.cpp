#include "stages/explain/explainer.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "base/error.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
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
}

}  // namespace

Explainer::Explainer(const ResolvedJob& job, const models::DeviceChoice& device, std::size_t batch)
    : job_(job), device_(device), batch_(batch), batches_(job, batch) {}

Survey Explainer::survey() {
  Survey survey;
  Mistakes mistakes;
  for (std::size_t model = 0; model < job_.models.size(); ++model) {
    mistakes.collect([&] {
      const auto held =
          std::find_if(held_.begin(), held_.end(), [&](const auto& other) { return other.index == model; });
      std::optional<LoadedModel> temporary;
      survey_model(job_, held != held_.end() ? *held : temporary.emplace(job_, model, device_), survey);
    });
  }
  mistakes.report();
  return survey;
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

Explainer::Written Explainer::explain(const plan::Batch& images, const plan::ModelGroup& models,
                                      const images::LoadedChunk& chunk, const RecordTarget& target) {
  hold(models);
  batches_.forget_images();
  Written written;
  for (const auto& loaded : held_) {
    for (const auto& batch : plan::batches(images, batch_)) {
      if (target.missing.any(loaded.index, batch)) {
        const auto more = explain_batch(loaded, batch, chunk, target);
        written.records += more.records;
        written.model_seconds += more.model_seconds;
      }
    }
  }
  return written;
}

Explainer::Written Explainer::explain_batch(const LoadedModel& loaded, const plan::Batch& batch,
                                            const images::LoadedChunk& chunk, const RecordTarget& target) {
  std::vector<std::size_t> methods;
  for (std::size_t method = 0; method < loaded.methods.size(); ++method) {
    if (target.missing.any(loaded.index, 1 + method, batch)) {
      methods.push_back(method);
    }
  }
  const auto inputs = BatchExplainer::assemble(loaded, recipe_index(loaded), batch, chunk, target.entries);
  const base::Stopwatch stopwatch;
  const auto made = batches_.explain(loaded, inputs, batch.first, methods);
  const auto seconds = stopwatch.seconds();
  return {write_records(job_, loaded, made, batch, chunk, batches_.superpixels(), target), seconds};
}

double Explainer::time_batch(std::size_t model, const images::LoadedChunk& chunk,
                             const std::vector<images::ImageEntry>& entries) {
  hold({model});
  batches_.forget_images();
  const auto& loaded = held_.front();
  std::vector<std::size_t> methods;
  for (std::size_t method = 0; method < loaded.methods.size(); ++method) {
    if (loaded.methods[method]) {
      methods.push_back(method);
    }
  }
  const base::Stopwatch stopwatch;
  const auto inputs =
      BatchExplainer::assemble(loaded, recipe_index(loaded), {chunk.first, chunk.errors.size()}, chunk, entries);
  batches_.explain(loaded, inputs, chunk.first, methods);
  return stopwatch.seconds();
}

}  // namespace sightline::stages

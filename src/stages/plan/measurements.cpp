#include "stages/plan/measurements.hpp"

#include <algorithm>
#include <unistd.h>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "stages/explain/work.hpp"
#include "stages/focus/focus_result.hpp"
#include "stages/run/memory_use.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// Bytes of the finished store. Where the job has a store already, the new one extends a copy of its plan. HDF5
/// allocates all datasets at creation, and the file system gives no space to what is not written.
std::uint64_t size_of_store(const ResolvedJob& job, const store::StorePlan& plan) {
  const auto temporary = fs::temp_directory_path() / fmt::format("sightline-plan-{}.h5", ::getpid());
  const auto existing = planned_store(job);
  if (fs::exists(existing)) {
    store::prepare_store(temporary, store::plan_of(store::Explanations::open_to_read(existing)));
  }
  store::prepare_store(temporary, plan);
  const auto size = fs::file_size(temporary);
  fs::remove(temporary);
  return size;
}

std::int64_t count_records(const store::StorePlan& plan) {
  std::int64_t records = 0;
  for (const auto& model : plan.models) {
    records += static_cast<std::int64_t>((1 + model.methods.size()) * plan.image_paths.size());
  }
  return records;
}

/// The records of a store that have a status; 0 when there is no such file.
std::int64_t count_done(const fs::path& file) {
  if (!fs::exists(file)) {
    return 0;
  }
  const auto store = store::Explanations::open_to_read(file);
  std::int64_t done = 0;
  const auto count = [&](const std::string& model, const std::string& method) {
    const auto words = store.status(model, method);
    done += std::count_if(words.begin(), words.end(), [](std::uint32_t word) { return word != 0; });
  };
  for (const auto& model : store.models()) {
    count(model, "");
    for (const auto& method : store.methods(model)) {
      count(model, method);
    }
  }
  return done;
}

}  // namespace

fs::path planned_store(const ResolvedJob& job) {
  return fs::path(job.config.output) / (job.config.plan.focus ? focus_file_name : store::schema::file_name);
}

Measurements measure_store(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list) {
  Measurements measurements;
  const base::Stopwatch stopwatch;
  const auto survey = explainer.survey();
  refuse_methods_without_model(job, survey);
  const auto plan = plan_store(job, survey, explainer.batch(), list);
  measurements.file_size = size_of_store(job, plan);
  measurements.survey_seconds = stopwatch.seconds();
  measurements.records = count_records(plan);
  measurements.records_done = count_done(planned_store(job));
  return measurements;
}

void measure_models(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list,
                    Measurements& measurements) {
  const auto count =
      std::min({static_cast<std::size_t>(job.config.plan.calibration_images), list.entries.size(), explainer.batch()});
  for (std::size_t model = 0; model < job.models.size() && count > 0; ++model) {
    base::Stopwatch stopwatch;
    explainer.hold({model});
    measurements.load_seconds.push_back(stopwatch.seconds());
    stopwatch = {};
    const auto chunk = images::load_async(list, 0, count, explainer.recipes({model})).get();
    measurements.decode_seconds = stopwatch.seconds() / static_cast<double>(count);
    const auto seconds = explainer.time_batch(model, chunk, list.entries) / static_cast<double>(count);
    base::log_info(fmt::format("plan: {} takes {:.3f} s an image", job.models[model]->label(), seconds));
    measurements.image_seconds.push_back(seconds);
  }
}

void measure_memory(const plan::ModelGroup& group, Explainer& explainer, Measurements& measurements) {
  explainer.hold(group);
  measurements.memory = peak_memory();
}

}  // namespace sightline::stages

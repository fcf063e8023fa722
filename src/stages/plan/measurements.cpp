#include "stages/plan/measurements.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <unistd.h>

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include "base/log.hpp"
#include "base/stop.hpp"
#include "base/stopwatch.hpp"
#include "stages/explain/kept_costs.hpp"
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

/// Bytes that --pixel-dtype float16 saves.
std::uint64_t saved_by_halves(const store::StorePlan& plan) {
  std::uint64_t bytes = 0;
  for (const auto& model : plan.models) {
    for (const auto& method : model.methods) {
      if (method.kind == store::schema::kind_pixels && !method.half) {
        const auto values =
            std::accumulate(method.shape.begin(), method.shape.end(), std::uint64_t{1}, std::multiplies<>());
        bytes += plan.image_paths.size() * (values * (sizeof(float) - sizeof(store::Half)) - sizeof(float));
      }
    }
  }
  return bytes;
}

/// Runs `pass` and returns how many seconds it took for each of the images.
double seconds_per_image(std::int64_t images, const std::function<at::Tensor()>& pass) {
  base::throw_if_stopped();
  const base::Stopwatch stopwatch;
  pass().cpu();  // waits for the device
  return stopwatch.seconds() / static_cast<double>(images);
}

/// Whether a method that fits the model has passes of this kind.
bool any_method(const LoadedModel& loaded, attribution::Subject& grey, std::int64_t attribution::Passes::*kind) {
  return std::any_of(loaded.methods.begin(), loaded.methods.end(),
                     [&](const auto& method) { return method && method->passes(grey).*kind > 0; });
}

/// Takes the measurements of one plan.
class Measuring {
 public:
  Measuring(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list)
      : job_(job),
        explainer_(explainer),
        list_(list),
        images_(std::min(
            {static_cast<std::size_t>(job.config.plan.calibration_images), list.entries.size(), explainer.batch()})) {}

  Measurements all(const plan::ModelGroup& group) {
    const bool timed = images_ > 0;
    const base::Stopwatch stopwatch;
    if (timed) {
      explainer_.hold(group);
    }
    auto survey = explainer_.survey([&](LoadedModel& loaded) {
      if (timed) {
        time_model(loaded);
      }
    });
    refuse_methods_without_model(job_, survey);
    const auto known = KeptCosts(planned_store(job_), job_, explainer_.device(), explainer_.batch()).correct(survey);
    for (std::size_t model = 0; timed && model < known.size(); ++model) {
      if (known[model]) {
        take_known(model, survey.record_seconds[model]);
      }
    }
    const auto plan = plan_store(job_, survey, explainer_.batch(), list_);
    made_.file_size = size_of_store(job_, plan);
    made_.half_file_size = made_.file_size - saved_by_halves(plan);
    made_.survey_seconds = stopwatch.seconds() - timing_seconds_;
    made_.records = count_records(plan);
    made_.records_done = count_done(planned_store(job_));
    if (timed) {
      made_.memory = peak_memory();
      made_.masked_share = masked_seconds_ /
                           std::max(1e-9, std::accumulate(made_.image_seconds.begin(), made_.image_seconds.end(), 0.0));
      time_mixed();
    }
    return made_;
  }

 private:
  /// Times one pass of each kind that the methods need. Large models do it on fewer images, so that a pass takes about
  /// `most_forward_seconds`.
  void time_model(LoadedModel& loaded) {
    constexpr double most_forward_seconds = 0.3;
    const base::Stopwatch stopwatch;
    auto grey = grey_subject(loaded);
    const double one = seconds_per_image(1, [&] { return grey.logits(); });
    const auto images = std::clamp<std::int64_t>(static_cast<std::int64_t>(most_forward_seconds / one), 1,
                                                 static_cast<std::int64_t>(images_));
    auto batch = grey_subject(loaded, images);
    const auto everyone = batch.owners(0, images, 1);
    PassSeconds pass;
    pass.shared = seconds_per_image(images, [&] { return batch.logits(); });
    pass.forward = loaded.layers.empty() ? pass.shared : pass.shared / forward_passes(true);
    if (any_method(loaded, grey, &attribution::Passes::masked)) {
      pass.masked = seconds_per_image(images, [&] { return batch.masked_scores(batch.inputs(), everyone); });
      pass.forward = loaded.masked_model ? pass.forward : pass.masked;
    }
    if (any_method(loaded, grey, &attribution::Passes::gradient)) {
      pass.gradient = seconds_per_image(images, [&] { return batch.gradient(batch.inputs(), everyone).scores; });
    }
    note(loaded, grey, images, pass);
    timing_seconds_ += stopwatch.seconds();
  }

  /// Earlier runs in the folder say it better than a few passes. `seconds`: of the records of one image.
  void take_known(std::size_t model, const std::vector<double>& seconds) {
    made_.image_seconds[model] = std::accumulate(seconds.begin(), seconds.end(), 0.0);
    base::log_info(fmt::format("plan: {} took {:.3f} s an image in earlier runs here", job_.models[model]->label(),
                               made_.image_seconds[model]));
  }

  /// `images`: in a timed pass.
  void note(const LoadedModel& loaded, attribution::Subject& grey, std::int64_t images, const PassSeconds& pass) {
    const auto seconds = record_seconds(loaded, grey, pass);
    const double superpixels = time_images(loaded);
    made_.image_seconds.push_back(std::accumulate(seconds.begin(), seconds.end(), superpixels));
    made_.load_seconds.push_back(loaded.load_seconds);
    double masked = 0.0;
    for (const auto& method : loaded.methods) {
      masked += method ? static_cast<double>(method->passes(grey).masked) * pass.masked : 0.0;
    }
    masked_seconds_ += masked;
    if (masked > dearest_.seconds) {
      dearest_ = {loaded.index, images, masked, pass.masked};
    }
    base::log_info(fmt::format("plan: {} takes {:.3f} s an image", loaded.spec.label(), made_.image_seconds.back()));
  }

  /// Times a pass over masked images with --precision mixed, for the model that takes most of their time.
  void time_mixed() {
    if (dearest_.seconds == 0.0 || job_.config.compute.precision != job::Precision::fp32) {
      return;
    }
    auto job = job_;
    job.config.compute.precision = job::Precision::mixed;
    job.methods.clear();
    LoadedModel loaded(job, dearest_.model, explainer_.device());
    auto batch = grey_subject(loaded, dearest_.images);
    batch.targets();
    const auto everyone = batch.owners(0, dearest_.images, 1);
    const auto pass = [&] { return batch.masked_scores(batch.inputs(), everyone); };
    pass();  // packs the weights
    made_.mixed_time = seconds_per_image(dearest_.images, pass) / dearest_.pass;
  }

  /// Times the decoding of some images, and returns the seconds that the model's superpixels take for one of them.
  /// Models that share their superpixels find them made already.
  double time_images(const LoadedModel& loaded) {
    base::Stopwatch stopwatch;
    const auto chunk =
        images::load_async(list_, 0, images_, explainer_.recipes({loaded.index}), explainer_.decode_threads()).get();
    made_.decode_seconds = stopwatch.seconds() / static_cast<double>(images_);
    attribution::Batch batch = BatchExplainer::assemble(loaded, 0, {0, images_}, chunk, list_.entries);
    attribution::BatchRequest request;
    request.cache = &superpixels_;
    request.crop = loaded.resize_name;
    attribution::Subject subject(*loaded.model, std::move(batch), request);
    stopwatch = {};
    for (const auto& method : loaded.methods) {
      for (std::int64_t image = 0; method && method->superpixels() != nullptr && image < subject.images(); ++image) {
        subject.superpixels(*method->superpixels(), image);
      }
    }
    return stopwatch.seconds() / static_cast<double>(images_);
  }

  const ResolvedJob& job_;
  Explainer& explainer_;
  const images::ImageList& list_;
  std::size_t images_;  ///< in a timed pass, at most
  Measurements made_;
  attribution::SuperpixelCache superpixels_;
  double masked_seconds_ = 0.0;  ///< of image_seconds, for all models
  struct {
    std::size_t model = 0;
    std::int64_t images = 0;  ///< in the timed pass
    double seconds = 0.0;
    double pass = 0.0;
  } dearest_;  ///< the model with the most masked_seconds_, and its PassSeconds::masked
  double timing_seconds_ = 0.0;
};

}  // namespace

fs::path planned_store(const ResolvedJob& job) {
  return fs::path(job.config.output) /
         (job.config.plan.stage == job::PlanStage::focus ? focus_file_name : store::schema::file_name);
}

Measurements measure(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list,
                     const plan::ModelGroup& group) {
  return Measuring(job, explainer, list).all(group);
}

}  // namespace sightline::stages

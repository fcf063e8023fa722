#include "stages/explain/explainer.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "focus/bias.hpp"

namespace sightline::stages {
namespace {

attribution::Batch part_of(const attribution::Batch& batch, std::size_t first, std::size_t count) {
  const auto part = [&](const auto& all) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    return std::decay_t<decltype(all)>(begin, begin + static_cast<std::ptrdiff_t>(count));
  };
  return {batch.inputs.narrow(0, static_cast<std::int64_t>(first), static_cast<std::int64_t>(count)),
          part(batch.labels), part(batch.ids), part(batch.pictures)};
}

std::span<const float> row_of(const at::Tensor& tensor, std::size_t row) {
  const auto size = static_cast<std::size_t>(tensor.numel() / tensor.size(0));
  return {tensor.const_data_ptr<float>() + row * size, size};
}

/// The predicted class and its softmax probability.
store::PredictionRecord prediction_of(std::span<const float> logits) {
  const auto best = std::max_element(logits.begin(), logits.end());
  double total = 0.0;
  for (const float logit : logits) {
    total += std::exp(double{logit} - *best);
  }
  return {logits, static_cast<std::int32_t>(best - logits.begin()), static_cast<float>(1.0 / total)};
}

/// Several weights may be wrong: all are told at once.
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

/// Unused entries at the end of a superpixel map are NaN.
bool all_finite(std::span<const float> values, attribution::MapKind kind) {
  auto used = values.size();
  while (kind == attribution::MapKind::superpixels && used > 1 && std::isnan(values[used - 1])) {
    --used;
  }
  return std::all_of(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(used),
                     [](float value) { return std::isfinite(value); });
}

}  // namespace

Explainer::Explainer(const ResolvedJob& job, const models::DeviceChoice& device, std::size_t batch)
    : job_(job), device_(device), batch_(batch), most_in_memory_(batch) {}

Explainer::Survey Explainer::survey() {
  Survey survey;
  Mistakes mistakes;
  for (std::size_t model = 0; model < job_.models.size(); ++model) {
    mistakes.collect([&] {
      const auto held =
          std::find_if(held_.begin(), held_.end(), [&](const auto& other) { return other.index == model; });
      std::optional<LoadedModel> passing;
      look_at(held != held_.end() ? *held : passing.emplace(job_, model, device_), survey);
    });
  }
  mistakes.report();
  return survey;
}

void Explainer::look_at(LoadedModel& loaded, Survey& survey) const {
  auto grey = grey_subject(loaded);
  survey.models.push_back(plan_model(job_, loaded, grey, survey.superpixels));
  survey.fits.emplace_back();
  for (const auto& method : loaded.methods) {
    survey.fits.back().push_back(method != nullptr);
  }
  survey.misfits.insert(survey.misfits.end(), loaded.misfits.begin(), loaded.misfits.end());
  const base::Stopwatch stopwatch;
  grey_subject(loaded).logits();  // a second time: the first one sets things up
  survey.costs.push_back(stopwatch.seconds());
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

attribution::Batch Explainer::make_batch(const LoadedModel& loaded, const plan::Batch& batch,
                                         const images::LoadedChunk& chunk,
                                         const std::vector<images::ImageEntry>& entries) const {
  const auto recipe =
      static_cast<std::size_t>(std::find(recipes_.begin(), recipes_.end(), loaded.recipe) - recipes_.begin());
  const auto device = loaded.model->device();
  auto inputs =
      at::empty({static_cast<std::int64_t>(batch.count), 3, loaded.height, loaded.width},
                at::TensorOptions().memory_format(at::MemoryFormat::ChannelsLast).pinned_memory(device.is_cuda()));
  attribution::Batch made;
  for (std::size_t i = 0; i < batch.count; ++i) {
    const auto in_chunk = batch.first + i - chunk.first;
    const auto& picture = chunk.by_recipe[recipe][in_chunk];
    const auto& entry = entries[batch.first + i];
    images::normalise(
        picture, loaded.spec.mean, loaded.spec.std,
        inputs.mutable_data_ptr<float>() + i * static_cast<std::size_t>(3 * loaded.height * loaded.width));
    made.labels.push_back(chunk.errors[in_chunk].empty() ? entry.label : 0);
    made.ids.push_back(entry.path);
    made.pictures.push_back(&picture);
  }
  made.inputs = inputs.to(device, inputs.scalar_type(), /*non_blocking=*/true);
  return made;
}

Explainer::Made Explainer::explain_part(const LoadedModel& loaded, const attribution::Batch& part, std::size_t first,
                                        const std::vector<std::size_t>& methods) {
  attribution::Subject subject(
      *loaded.model, part,
      {job_.config.target, loaded.layers, loaded.watched, job_.config.seed, static_cast<std::int64_t>(most_in_memory_),
       &superpixels_, loaded.cut, loaded.for_masked.get()});
  Made made{{"logits", subject.logits()}, {"targets", subject.targets()}};
  std::optional<attribution::SensitivityN> sensitivity;
  for (const auto method : methods) {
    auto maps = loaded.methods[method]->explain(subject);
    made[std::to_string(method)] = std::move(maps.values);
    for (auto& [name, values] : maps.details) {
      made[fmt::format("{}/{}", method, name)] = std::move(values);
    }
    if (!job_.config.focus_metrics.empty() || job_.regions) {
      const auto name = std::to_string(method);
      const auto relevance = attribution::relevance_of_pixels(*loaded.methods[method], made.at(name), subject);
      judge({subject, relevance, *job_.mosaics, first, job_.config.focus_steps, sensitivity}, name, made);
      if (job_.regions) {
        const auto features = subject.as_grid(subject.watched(loaded.region_layer));
        made[fmt::format("{}/{}", method, TileRecord::offending_name)] =
            focus::offending_features(features, relevance, *job_.mosaics, first);
      }
    }
  }
  return made;
}

void Explainer::judge(const JudgedMaps& maps, const std::string& method, Made& made) const {
  for (const auto& name : job_.config.focus_metrics) {
    const auto values = find_quality_metric(name).judge(maps);
    auto judged = at::empty({maps.subject.images()});
    std::transform(values.begin(), values.end(), judged.mutable_data_ptr<float>(),
                   [](double value) { return static_cast<float>(value); });
    made[fmt::format("{}/{}", method, name)] = judged;
  }
}

Explainer::Made Explainer::within_memory(const LoadedModel& loaded, const attribution::Batch& batch, std::size_t first,
                                         const std::vector<std::size_t>& methods) {
  for (;;) {
    try {
      std::map<std::string, std::vector<at::Tensor>> parts;
      for (const auto& part : plan::batches({0, batch.labels.size()}, most_in_memory_)) {
        for (auto& [name, values] :
             explain_part(loaded, part_of(batch, part.first, part.count), first + part.first, methods)) {
          parts[name].push_back(values);
        }
      }
      Made joined;
      for (const auto& [name, values] : parts) {
        joined[name] = at::cat(values).contiguous();
      }
      return joined;
    } catch (const c10::Error& error) {
      if (!models::is_out_of_memory(error) || most_in_memory_ == 1) {
        throw base::fault("{}: {}", loaded.spec.id, error.what_without_backtrace());
      }
    }
    most_in_memory_ = std::max<std::size_t>(1, most_in_memory_ / 2);
    base::log_warning(fmt::format("{}: out of memory; going on with batches of {}", loaded.spec.id, most_in_memory_));
  }
}

Explainer::Written Explainer::explain(const plan::Batch& images, const plan::ModelGroup& models, const Task& task) {
  hold(models);
  Written written;
  superpixels_.clear();
  for (auto& loaded : held_) {
    for (const auto& batch : plan::batches(images, batch_)) {
      if (task.missing.any(loaded.index, batch)) {
        explain_batch(loaded, batch, task, written);
      }
    }
  }
  return written;
}

double Explainer::time(std::size_t model, const images::LoadedChunk& chunk,
                       const std::vector<images::ImageEntry>& entries) {
  hold({model});
  superpixels_.clear();
  std::vector<std::size_t> methods;
  for (std::size_t method = 0; method < held_.front().methods.size(); ++method) {
    if (held_.front().methods[method]) {
      methods.push_back(method);
    }
  }
  const base::Stopwatch stopwatch;
  within_memory(held_.front(), make_batch(held_.front(), {chunk.first, chunk.errors.size()}, chunk, entries),
                chunk.first, methods);
  return stopwatch.seconds();
}

void Explainer::explain_batch(LoadedModel& loaded, const plan::Batch& batch, const Task& task, Written& written) {
  std::vector<std::size_t> methods;
  for (std::size_t method = 0; method < loaded.methods.size(); ++method) {
    if (task.missing.any(loaded.index, 1 + method, batch)) {
      methods.push_back(method);
    }
  }
  const auto inputs = make_batch(loaded, batch, task.chunk, task.entries);
  const base::Stopwatch stopwatch;
  const auto made = within_memory(loaded, inputs, batch.first, methods);
  written.model_seconds += stopwatch.seconds();
  written.records += write_predictions(loaded, made.at("logits"), batch, task);
  for (const auto method : methods) {
    written.records += write_maps(loaded, method, made, batch, task);
  }
}

std::int64_t Explainer::write_predictions(const LoadedModel& loaded, const at::Tensor& logits, const plan::Batch& batch,
                                          const Task& task) const {
  std::int64_t records = 0;
  for (std::size_t i = 0; i < batch.count; ++i) {
    const auto image = batch.first + i;
    if (task.chunk.errors[image - task.chunk.first].empty() && task.missing.at(loaded.index, 0, image)) {
      task.store.write(loaded.spec.label(), task.rows[image], prediction_of(row_of(logits, i)));
      ++records;
    }
  }
  return records;
}

void Explainer::write_superpixels(const LoadedModel& loaded, const attribution::SuperpixelRule& rule, std::size_t image,
                                  const Task& task) const {
  const auto key = rule.key(loaded.height, loaded.width, loaded.cut);
  const auto& labels = superpixels_.at({key, task.entries[image].path}).labels;
  const auto* first = labels.const_data_ptr<std::int64_t>();
  const std::vector<std::uint16_t> narrow(first, first + labels.numel());
  task.store.write_superpixels(key, task.rows[image], narrow);
}

TileRecord Explainer::tiles_of(const LoadedModel& loaded, const attribution::Method& method,
                               std::span<const float> values, const at::Tensor& maps, const std::string& id,
                               std::size_t mosaic) const {
  const auto* rule = method.superpixels();
  const auto* superpixels =
      rule == nullptr ? nullptr : &superpixels_.at({rule->key(loaded.height, loaded.width, loaded.cut), id});
  return tile_record(*job_.mosaics, mosaic, method.kind(), maps.sizes().slice(1).vec(), values, superpixels);
}

void Explainer::add_tiles(const TileRecord& tiles, store::MapRecord& record) const {
  if (stores_maps(job_)) {
    record.details[TileRecord::relevance_name] = tiles.relevance;
  } else {
    record.values = tiles.relevance;
    record.details.clear();
  }
  record.details[TileRecord::targets_name] = tiles.targets;
  record.details[TileRecord::focus_name] = {&tiles.focus, 1};
}

std::int64_t Explainer::write_maps(const LoadedModel& loaded, std::size_t method, const Made& made,
                                   const plan::Batch& batch, const Task& task) const {
  const auto& name = job_.methods[method].name;
  const auto& used = *loaded.methods[method];
  std::int64_t records = 0;
  for (std::size_t i = 0; i < batch.count; ++i) {
    const auto image = batch.first + i;
    if (!task.chunk.errors[image - task.chunk.first].empty() || !task.missing.at(loaded.index, 1 + method, image)) {
      continue;
    }
    store::MapRecord record{row_of(made.at(std::to_string(method)), i),
                            static_cast<std::int32_t>(made.at("targets").const_data_ptr<std::int64_t>()[i])};
    for (const auto& detail : used.details()) {
      record.details[detail.name] = row_of(made.at(fmt::format("{}/{}", method, detail.name)), i);
    }
    if (!all_finite(record.values, used.kind())) {
      base::log_warning(
          fmt::format("{}: the {} map of {} is not finite", task.entries[image].path, name, loaded.spec.label()));
    }
    TileRecord tiles;
    if (job_.mosaics) {
      tiles = tiles_of(loaded, used, record.values, made.at(std::to_string(method)), task.entries[image].path, image);
      add_tiles(tiles, record);
      if (job_.regions) {
        record.details[TileRecord::offending_name] =
            row_of(made.at(fmt::format("{}/{}", method, TileRecord::offending_name)), i);
      }
      for (const auto& metric : job_.config.focus_metrics) {
        record.details[metric] = row_of(made.at(fmt::format("{}/{}", method, metric)), i);
      }
    }
    if (const auto* rule = used.superpixels(); rule != nullptr && stores_maps(job_)) {
      write_superpixels(loaded, *rule, image, task);
    }
    task.store.write(loaded.spec.label(), name, task.rows[image], record);
    ++records;
  }
  return records;
}

}  // namespace sightline::stages

#include "app/explainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "store/schema.hpp"

namespace sightline::app {
namespace {

at::Device torch_device(const models::DeviceChoice& choice) {
  return choice.cuda ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(choice.index)) : at::Device(at::kCPU);
}

at::ScalarType torch_type(job::Precision precision) {
  return precision == job::Precision::fp32 ? at::kFloat : at::kBFloat16;
}

bool is_out_of_memory(const c10::Error& error) {
  const std::string message = error.what();
  return message.find("out of memory") != std::string::npos ||
         message.find("can't allocate memory") != std::string::npos;
}

attribution::Batch part_of(const attribution::Batch& batch, std::size_t first, std::size_t count) {
  const auto begin = batch.labels.begin() + static_cast<std::ptrdiff_t>(first);
  return {batch.inputs.narrow(0, static_cast<std::int64_t>(first), static_cast<std::int64_t>(count)),
          {begin, begin + static_cast<std::ptrdiff_t>(count)}};
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

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

}  // namespace

bool Missing::any(std::size_t model, std::size_t record, const plan::Batch& batch) const {
  for (std::size_t image = batch.first; image < batch.first + batch.count; ++image) {
    if (at(model, record, image)) {
      return true;
    }
  }
  return false;
}

bool Missing::any(std::size_t model, const plan::Batch& batch) const {
  for (std::size_t record = 0; record < records_; ++record) {
    if (any(model, record, batch)) {
      return true;
    }
  }
  return false;
}

std::vector<bool> Missing::by_image() const {
  std::vector<bool> result(images_, false);
  for (std::size_t i = 0; i < flags_.size(); ++i) {
    if (flags_[i] == '1') {
      result[i % images_] = true;
    }
  }
  return result;
}

std::int64_t Missing::count() const {
  return std::count(flags_.begin(), flags_.end(), '1');
}

Explainer::Explainer(const ResolvedJob& job, const models::DeviceChoice& device)
    : job_(job),
      device_(device),
      batch_(job.config.batch > 0 ? static_cast<std::size_t>(job.config.batch)
             : device.cuda        ? 64
                                  : 8),
      most_in_memory_(batch_) {
  std::vector<std::string> mistakes;
  auto code = base::ExitCode::input;
  for (const auto& spec : job.models) {
    try {
      load(*spec);
    } catch (const base::Error& error) {
      mistakes.emplace_back(error.what());
      code = error.code();
    }
  }
  if (!mistakes.empty()) {
    throw base::Error(code, base::join(mistakes, "\n  "));
  }
}

void Explainer::load(const models::ModelSpec& spec) {
  const auto parameters = models::open_parameters(job_.config.weights, spec);
  Loaded loaded;
  loaded.index = models_.size();
  loaded.spec = &spec;
  loaded.model = std::make_unique<models::Model>(
      spec, *parameters, models::Placement{torch_device(device_), torch_type(job_.config.precision)});
  for (const auto* method : job_.methods) {
    loaded.methods.push_back(method->make(job_.config, *loaded.model));
  }
  const auto recipe = spec.recipe(job_.config.transforms == job::Transforms::common);
  const auto known = std::find(recipes_.begin(), recipes_.end(), recipe);
  loaded.recipe = static_cast<std::size_t>(known - recipes_.begin());
  if (known == recipes_.end()) {
    recipes_.push_back(recipe);
  }
  models_.push_back(std::move(loaded));
}

std::vector<store::ModelPlan> Explainer::store_plan() {
  std::vector<store::ModelPlan> plans;
  for (auto& loaded : models_) {
    const auto& spec = *loaded.spec;
    const auto size = recipes_[loaded.recipe].size;
    const attribution::Batch grey{
        at::zeros({1, 3, size, size}, loaded.model->device()).contiguous(at::MemoryFormat::ChannelsLast), {0}};
    store::ModelPlan plan;
    plan.name = spec.label();
    plan.facts = {{store::schema::timm_id, spec.id},
                  {store::schema::precision, job_.config.precision == job::Precision::fp32 ? "fp32" : "bf16"},
                  {store::schema::weights, spec.file.empty() ? job_.config.weights : spec.file.string()},
                  {store::schema::weights_sha256, models::parameters_identity(job_.config.weights, spec)},
                  {store::schema::transforms, job_.config.transforms == job::Transforms::common ? "common" : "model"}};
    plan.input_size = size;
    plan.mean.assign(spec.mean.begin(), spec.mean.end());
    plan.std.assign(spec.std.begin(), spec.std.end());
    plan.classes = static_cast<std::uint64_t>(loaded.model->forward(grey.inputs).size(1));
    for (std::size_t m = 0; m < loaded.methods.size(); ++m) {
      const auto& method = *loaded.methods[m];
      const auto shapes = method.explain(*loaded.model, grey);
      const auto extent = shapes.values.sizes().slice(1);
      plan.methods.push_back({job_.methods[m]->name,
                              attribution::name_of(method.kind()),
                              method.parameters(),
                              {extent.begin(), extent.end()}});
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

attribution::Batch Explainer::make_batch(const Loaded& loaded, const plan::Batch& batch, const Task& task) const {
  const auto size = std::int64_t{recipes_[loaded.recipe].size};
  auto inputs = at::empty({static_cast<std::int64_t>(batch.count), 3, size, size},
                          at::TensorOptions().memory_format(at::MemoryFormat::ChannelsLast));
  attribution::Batch made;
  for (std::size_t i = 0; i < batch.count; ++i) {
    const auto in_chunk = batch.first + i - task.chunk.first;
    images::normalise(task.chunk.by_recipe[loaded.recipe][in_chunk], loaded.spec->mean, loaded.spec->std,
                      inputs.mutable_data_ptr<float>() + i * static_cast<std::size_t>(3 * size * size));
    made.labels.push_back(task.chunk.errors[in_chunk].empty() ? task.entries[batch.first + i].label : 0);
  }
  made.inputs = inputs.to(loaded.model->device());
  return made;
}

std::vector<at::Tensor> Explainer::within_memory(const Loaded& loaded, const attribution::Batch& batch,
                                                 const Work& work) {
  const auto count = batch.labels.size();
  for (;;) {
    try {
      std::vector<std::vector<at::Tensor>> results;
      for (const auto& part : plan::batches({0, count}, most_in_memory_)) {
        const auto made = work(part_of(batch, part.first, part.count));
        results.resize(made.size());
        for (std::size_t i = 0; i < made.size(); ++i) {
          results[i].push_back(made[i]);
        }
      }
      std::vector<at::Tensor> joined;
      joined.reserve(results.size());
      for (const auto& parts : results) {
        joined.push_back(at::cat(parts).contiguous());
      }
      return joined;
    } catch (const c10::Error& error) {
      if (!is_out_of_memory(error) || most_in_memory_ == 1) {
        throw base::fault("{}: {}", loaded.spec->id, error.what_without_backtrace());
      }
    }
    most_in_memory_ = std::max<std::size_t>(1, most_in_memory_ / 2);
    base::log_warning(fmt::format("{}: out of memory; going on with batches of {}", loaded.spec->id, most_in_memory_));
  }
}

Explainer::Written Explainer::explain(const plan::WorkUnit& unit, const Task& task) {
  Written written;
  for (auto& loaded : models_) {
    for (const auto& batch : plan::batches(unit, batch_)) {
      if (task.missing.any(loaded.index, batch)) {
        explain_batch(loaded, batch, task, written);
      }
    }
  }
  return written;
}

void Explainer::explain_batch(Loaded& loaded, const plan::Batch& batch, const Task& task, Written& written) {
  const auto inputs = make_batch(loaded, batch, task);
  const auto timed = [&](const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    auto made = within_memory(loaded, inputs, work);
    written.model_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return made;
  };
  if (loaded.methods.empty()) {
    const auto made = timed([&](const attribution::Batch& part) {
      return std::vector<at::Tensor>{loaded.model->forward(part.inputs).cpu()};
    });
    written.records += write_predictions(loaded, made[0], batch, task);
  }
  for (std::size_t method = 0; method < loaded.methods.size(); ++method) {
    const bool first = method == 0 && task.missing.any(loaded.index, 0, batch);
    if (!first && !task.missing.any(loaded.index, 1 + method, batch)) {
      continue;
    }
    const auto made = timed([&](const attribution::Batch& part) {
      const auto explanation = loaded.methods[method]->explain(*loaded.model, part);
      return std::vector<at::Tensor>{explanation.logits, explanation.targets, explanation.values};
    });
    written.records += first ? write_predictions(loaded, made[0], batch, task) : 0;
    written.records += write_maps(loaded, method, made, batch, task);
  }
}

std::int64_t Explainer::write_predictions(const Loaded& loaded, const at::Tensor& logits, const plan::Batch& batch,
                                          const Task& task) const {
  std::int64_t records = 0;
  for (std::size_t i = 0; i < batch.count; ++i) {
    const auto image = batch.first + i;
    if (task.chunk.errors[image - task.chunk.first].empty() && task.missing.at(loaded.index, 0, image)) {
      task.store.write(loaded.spec->label(), task.rows[image], prediction_of(row_of(logits, i)));
      ++records;
    }
  }
  return records;
}

std::int64_t Explainer::write_maps(const Loaded& loaded, std::size_t method, const std::vector<at::Tensor>& made,
                                   const plan::Batch& batch, const Task& task) const {
  const auto& name = job_.methods[method]->name;
  std::int64_t records = 0;
  for (std::size_t i = 0; i < batch.count; ++i) {
    const auto image = batch.first + i;
    if (!task.chunk.errors[image - task.chunk.first].empty() || !task.missing.at(loaded.index, 1 + method, image)) {
      continue;
    }
    const auto values = row_of(made[2], i);
    if (!all_finite(values)) {
      base::log_warning(
          fmt::format("{}: the {} map of {} is not finite", task.entries[image].path, name, loaded.spec->label()));
    }
    const auto target = static_cast<std::int32_t>(made[1].const_data_ptr<std::int64_t>()[i]);
    task.store.write(loaded.spec->label(), name, task.rows[image], {values, target});
    ++records;
  }
  return records;
}

}  // namespace sightline::app

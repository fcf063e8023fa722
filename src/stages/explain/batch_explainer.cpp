#include "stages/explain/batch_explainer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <span>

#include <ATen/ops/empty.h>

#include "base/activity.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "models/kernels/on_host.hpp"
#include "models/prediction.hpp"
#include "models/runtime.hpp"
#include "stages/run/map_extension.hpp"

namespace sightline::stages {
namespace {

/// The images which.first .. which.first + which.count - 1 of a batch.
attribution::Batch part_of(const attribution::Batch& batch, const plan::Batch& which) {
  const auto part = [&](const auto& all) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(which.first);
    return std::decay_t<decltype(all)>(begin, begin + static_cast<std::ptrdiff_t>(which.count));
  };
  return {batch.inputs.narrow(0, static_cast<std::int64_t>(which.first), static_cast<std::int64_t>(which.count)),
          part(batch.labels), part(batch.ids), part(batch.pictures)};
}

/// Whether a map has neither NaN nor infinity. The unused entries at the end of a superpixel map, which are NaN, are
/// ignored.
bool is_finite(std::span<const float> values, attribution::MapKind kind) {
  auto used = values.size();
  while (kind == attribution::MapKind::superpixels && used > 1 && std::isnan(values[used - 1])) {
    --used;
  }
  return std::all_of(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(used),
                     [](float value) { return std::isfinite(value); });
}

/// For each of the N maps, whether it is finite.
std::vector<bool> find_finite(const at::Tensor& maps, attribution::MapKind kind) {
  const auto plain = maps.contiguous();
  const auto images = static_cast<std::size_t>(plain.size(0));
  const auto size = static_cast<std::size_t>(plain.numel()) / images;
  std::vector<bool> finite;
  for (std::size_t image = 0; image < images; ++image) {
    finite.push_back(is_finite({plain.const_data_ptr<float>() + image * size, size}, kind));
  }
  return finite;
}

void make_contiguous(attribution::Maps& maps) {
  maps.values = maps.values.contiguous();
  for (auto& [name, values] : maps.details) {
    values = values.contiguous();
  }
}

/// Sets the maps of the images with this mark to NaN.
void erase_maps(at::Tensor& maps, const at::Tensor& marks) {
  for (std::int64_t image = 0; image < maps.size(0); ++image) {
    if (marks[image].item<bool>()) {
      maps[image].fill_(std::numeric_limits<float>::quiet_NaN());
    }
  }
}

/// Some images of a batch, with the job's extension for them.
struct Together {
  Together(const ResolvedJob& job, attribution::Subject images, std::size_t first)
      : subject(std::move(images)), extension(job.extension ? job.extension->begin(subject, first) : nullptr) {}

  attribution::Subject subject;
  std::unique_ptr<MapExtension::Batch> extension;
};

/// Explains the images of one part of a batch, and hands every result on as soon as it is finished.
class PartExplainer {
 public:
  /// `first`: the index of the part's first image in the job; `names`: of all its images.
  PartExplainer(const ResolvedJob& job, const LoadedModel& loaded, attribution::Subject subject, std::size_t first,
                const std::vector<std::string>& names, ResultSink& sink)
      : job_(job),
        loaded_(loaded),
        sink_(sink),
        names_(names),
        first_(first),
        count_(static_cast<std::size_t>(subject.images())),
        all_(job, std::move(subject), first) {}

  void explain() {
    auto& subject = all_.subject;
    base::set_activity({loaded_.spec.id, "", names_.front()});
    const auto predictions = models::predicted_classes(subject.logits());
    undefined_ = predictions.lt(0);
    sink_.take(BatchPredictions{first_, subject.logits(), predictions});
    const auto per_pass = static_cast<std::size_t>(subject.pass_size());
    for (std::size_t method = 0; method < loaded_.methods.size(); ++method) {
      if (!loaded_.methods[method] || !sink_.wants(method, {first_, count_})) {
        continue;
      }
      for (const auto& some :
           plan::batches({0, count_}, images_together(loaded_.methods[method]->passes(subject), per_pass))) {
        if (sink_.wants(method, {first_ + some.first, some.count})) {
          explain(method, some);
        }
      }
    }
  }

 private:
  /// `some`: counted within the part.
  void explain(std::size_t number, const plan::Batch& some) {
    auto& together = images(some);
    const auto& method = *loaded_.methods[number];
    base::set_activity({loaded_.spec.id, job_.methods[number].name, names_[some.first]});
    const auto undefined =
        undefined_.narrow(0, static_cast<std::int64_t>(some.first), static_cast<std::int64_t>(some.count));
    auto maps = method.explain(together.subject);
    erase_maps(maps.values, undefined);
    auto finite = find_finite(maps.values, method.kind());
    if (together.extension) {
      together.extension->extend(method, maps);
    }
    make_contiguous(maps);
    sink_.take(BatchMaps{number, first_ + some.first, std::move(maps), std::move(finite),
                         together.subject.targets().masked_fill(undefined, -1)});
  }

  Together& images(const plan::Batch& some) {
    if (some.count == count_) {
      return all_;
    }
    auto& parts = parts_[some.count];
    const auto found = parts.find(some.first);
    return found != parts.end()
               ? *found->second
               : *parts
                      .emplace(some.first,
                               std::make_unique<Together>(job_,
                                                          all_.subject.part(static_cast<std::int64_t>(some.first),
                                                                            static_cast<std::int64_t>(some.count)),
                                                          first_ + some.first))
                      .first->second;
  }

  const ResolvedJob& job_;
  const LoadedModel& loaded_;
  ResultSink& sink_;
  const std::vector<std::string>& names_;
  std::size_t first_;
  std::size_t count_;
  at::Tensor undefined_;  ///< by image: whether it has no predicted class
  Together all_;
  /// Parts of the images by their number and their first image; methods that explain as many together share them.
  std::map<std::size_t, std::map<std::size_t, std::unique_ptr<Together>>> parts_;
};

}  // namespace

attribution::Batch BatchExplainer::assemble(const LoadedModel& loaded, std::size_t recipe, const plan::Batch& batch,
                                            const images::LoadedChunk& chunk,
                                            const std::vector<images::ImageEntry>& entries) {
  const auto device = loaded.model->device();
  auto inputs = at::empty(
      {static_cast<std::int64_t>(batch.count), 3, loaded.height, loaded.width},
      at::TensorOptions().memory_format(at::MemoryFormat::ChannelsLast).pinned_memory(!models::on_host(device)));
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

std::size_t images_together(const attribution::Passes& passes, std::size_t images_per_pass) {
  constexpr std::size_t full_passes = 4;
  const auto variants = static_cast<std::size_t>(std::max<std::int64_t>(1, passes.all()));
  return (full_passes * images_per_pass + variants - 1) / variants;
}

void BatchExplainer::explain_part(const LoadedModel& loaded, const attribution::Batch& part, std::size_t first,
                                  ResultSink& sink) {
  attribution::BatchRequest request{job_.config.explain.target,
                                    loaded.layers,
                                    loaded.watched,
                                    job_.config.seed,
                                    static_cast<std::int64_t>(images_per_pass_),
                                    &superpixels_,
                                    loaded.resize_name,
                                    loaded.masked_model.get()};
  if (before_pass_) {
    request.before_pass = [this, model = loaded.index](std::int64_t images, bool backward) {
      before_pass_(model, images, backward);
    };
  }
  PartExplainer(job_, loaded, attribution::Subject(*loaded.model, part, std::move(request)), first, part.ids, sink)
      .explain();
}

void BatchExplainer::explain(const LoadedModel& loaded, const attribution::Batch& batch, std::size_t first,
                             ResultSink& sink) {
  for (;;) {
    try {
      for (const auto& part : plan::batches({0, batch.labels.size()}, images_per_pass_)) {
        explain_part(loaded, part_of(batch, part), first + part.first, sink);
      }
      return;
    } catch (const c10::Error& error) {
      if (!models::is_out_of_memory(error) || images_per_pass_ == 1) {
        throw base::fault("{}: {}", loaded.spec.id, error.what_without_backtrace());
      }
    }
    images_per_pass_ = std::max<std::size_t>(1, images_per_pass_ / 2);
    base::log_warning(fmt::format("{}: out of memory; going on with batches of {}", loaded.spec.id, images_per_pass_));
  }
}

}  // namespace sightline::stages

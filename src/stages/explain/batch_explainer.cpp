#include "stages/explain/batch_explainer.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <span>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "models/prediction.hpp"
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

/// Sets the maps of the images with this mark to NaN.
void erase_maps(at::Tensor& maps, const at::Tensor& marks) {
  for (std::int64_t image = 0; image < maps.size(0); ++image) {
    if (marks[image].item<bool>()) {
      maps[image].fill_(std::numeric_limits<float>::quiet_NaN());
    }
  }
}

/// Concatenates one tensor of every part along the images.
at::Tensor join(const std::vector<BatchResult>& parts, const std::function<at::Tensor(const BatchResult&)>& tensor) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(parts.size());
  for (const auto& part : parts) {
    tensors.push_back(tensor(part));
  }
  return at::cat(tensors).contiguous();
}

MethodMaps join_method(const std::vector<BatchResult>& parts, std::size_t method) {
  MethodMaps joined;
  joined.maps.values = join(parts, [&](const BatchResult& part) { return part.methods[method]->maps.values; });
  for (const auto& detail : parts.front().methods[method]->maps.details) {
    joined.maps.details[detail.first] =
        join(parts, [&](const BatchResult& part) { return part.methods[method]->maps.details.at(detail.first); });
  }
  for (const auto& part : parts) {
    const auto& finite = part.methods[method]->finite;
    joined.finite.insert(joined.finite.end(), finite.begin(), finite.end());
  }
  return joined;
}

BatchResult join_all(const std::vector<BatchResult>& parts) {
  BatchResult joined{join(parts, [](const BatchResult& part) { return part.logits; }),
                     join(parts, [](const BatchResult& part) { return part.predictions; }),
                     join(parts, [](const BatchResult& part) { return part.targets; }),
                     std::vector<std::optional<MethodMaps>>(parts.front().methods.size())};
  for (std::size_t method = 0; method < joined.methods.size(); ++method) {
    if (parts.front().methods[method]) {
      joined.methods[method] = join_method(parts, method);
    }
  }
  return joined;
}

}  // namespace

attribution::Batch BatchExplainer::assemble(const LoadedModel& loaded, std::size_t recipe, const plan::Batch& batch,
                                            const images::LoadedChunk& chunk,
                                            const std::vector<images::ImageEntry>& entries) {
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

BatchResult BatchExplainer::explain_part(const LoadedModel& loaded, const attribution::Batch& part, std::size_t first,
                                         const std::vector<std::size_t>& methods) {
  attribution::Subject subject(
      *loaded.model, part,
      {job_.config.explain.target, loaded.layers, loaded.watched, job_.config.seed,
       static_cast<std::int64_t>(images_per_pass_), &superpixels_, loaded.resize_name, loaded.masked_model.get()});
  const auto predictions = models::predicted_classes(subject.logits());
  const auto undefined = predictions.lt(0);
  BatchResult made{subject.logits(), predictions, subject.targets().masked_fill(undefined, -1),
                   std::vector<std::optional<MethodMaps>>(loaded.methods.size())};
  const auto extension = job_.extension ? job_.extension->begin(subject, first) : nullptr;
  for (const auto number : methods) {
    const auto& method = *loaded.methods[number];
    auto maps = method.explain(subject);
    erase_maps(maps.values, undefined);
    auto finite = find_finite(maps.values, method.kind());
    if (extension) {
      extension->extend(method, maps);
    }
    made.methods[number] = {std::move(maps), std::move(finite)};
  }
  return made;
}

BatchResult BatchExplainer::explain(const LoadedModel& loaded, const attribution::Batch& batch, std::size_t first,
                                    const std::vector<std::size_t>& methods) {
  for (;;) {
    try {
      std::vector<BatchResult> parts;
      for (const auto& part : plan::batches({0, batch.labels.size()}, images_per_pass_)) {
        parts.push_back(explain_part(loaded, part_of(batch, part), first + part.first, methods));
      }
      return join_all(parts);
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

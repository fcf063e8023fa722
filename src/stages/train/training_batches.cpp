#include "stages/train/training_batches.hpp"

#include <algorithm>
#include <numeric>

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/shuffle.hpp"
#include "images/augment.hpp"

namespace sightline::stages {

TrainingBatches::TrainingBatches(const comm::Communicator& ranks, const job::JobConfig& config,
                                 const models::ModelSpec& spec, const TrainingImages& images)
    : ranks_(ranks),
      config_(config),
      spec_(spec),
      images_(images),
      recipe_(spec.recipe(config.images.transforms == job::Transforms::common)),
      batch_(std::min(config.train.batch, static_cast<std::int64_t>(images.train.entries.size()))) {
  recipe_.jpeg_draft = config.images.jpeg_draft && !config.train.augment;  // a random crop needs all pixels of its part
}

std::int64_t TrainingBatches::steps_per_epoch() const {
  return (static_cast<std::int64_t>(images_.train.entries.size()) + batch_ - 1) / batch_;
}

/// The index of the training image at position `place` of an epoch.
std::size_t TrainingBatches::picture_at(std::int64_t epoch, std::int64_t place) {
  if (order_epoch_ != epoch) {
    order_.resize(images_.train.entries.size());
    std::iota(order_.begin(), order_.end(), 0);
    base::shuffle(order_, base::NumberStream(fmt::format("train.order:{}", epoch), config_.seed));
    order_epoch_ = epoch;
  }
  return order_[static_cast<std::size_t>(place)];
}

/// Decodes an image. Nothing for a file that cannot be read and is skipped; the first time, a warning says so.
std::optional<images::Image> TrainingBatches::read(const images::ImageList& list, std::size_t index) {
  try {
    return list.read(index, recipe_.draft_side());
  } catch (const base::Error& error) {
    if (config_.images.on_bad_image == job::BadImage::fail) {
      throw;
    }
    if (skipped_.insert(list.entries[index].path).second) {
      base::log_warning(fmt::format("train, {}: image skipped: {}", spec_.label(), error.what()));
    }
    return std::nullopt;
  }
}

at::Tensor TrainingBatches::normalised(const std::vector<images::Image>& pictures) const {
  const auto side = std::int64_t{recipe_.size};
  auto made = at::empty({static_cast<std::int64_t>(pictures.size()), 3, side, side},
                        at::TensorOptions().memory_format(at::MemoryFormat::ChannelsLast));
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    images::normalise(pictures[i], spec_.mean, spec_.std,
                      made.mutable_data_ptr<float>() + i * static_cast<std::size_t>(3 * side * side));
  }
  return made;
}

BatchShare TrainingBatches::load(std::int64_t step) {
  const auto epoch = step / steps_per_epoch();
  const auto first = step % steps_per_epoch() * batch_;
  const auto count = std::min(batch_, static_cast<std::int64_t>(images_.train.entries.size()) - first);
  std::vector<images::Image> pictures;
  std::vector<std::int64_t> labels;
  for (std::int64_t i = ranks_.rank(); i < count; i += ranks_.size()) {
    const auto index = picture_at(epoch, first + i);
    const auto& entry = images_.train.entries[index];
    const auto picture = read(images_.train, index);
    if (!picture) {
      continue;
    }
    const base::NumberStream stream(fmt::format("train.augment:{}:{}", epoch, entry.path), config_.seed);
    pictures.push_back(config_.train.augment
                           ? images::random_resized_crop(*picture, recipe_, config_.train.min_scale, stream)
                           : images::apply(recipe_, *picture));
    labels.push_back(entry.label);
  }
  const auto good = static_cast<std::int64_t>(pictures.size());
  if (pictures.empty()) {
    return {0, at::zeros({1, 3, recipe_.size, recipe_.size}), at::full({1}, -100, at::kLong)};
  }
  auto made = at::empty({good}, at::kLong);
  std::copy(labels.begin(), labels.end(), made.mutable_data_ptr<std::int64_t>());
  return {good, normalised(pictures), made};
}

std::optional<at::Tensor> TrainingBatches::validation_input(std::size_t index) {
  const auto picture = read(images_.val, index);
  return picture ? std::optional(normalised({images::apply(recipe_, *picture)})) : std::nullopt;
}

}  // namespace sightline::stages

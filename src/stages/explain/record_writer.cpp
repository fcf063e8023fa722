#include "stages/explain/record_writer.hpp"

#include <cmath>
#include <limits>
#include <span>

#include "base/log.hpp"
#include "stages/run/map_extension.hpp"

namespace sightline::stages {
namespace {

/// The values of one image in a tensor whose first axis is the images.
std::span<const float> row_of(const at::Tensor& tensor, std::size_t row) {
  const auto size = static_cast<std::size_t>(tensor.numel() / tensor.size(0));
  return {tensor.const_data_ptr<float>() + row * size, size};
}

/// The record of a predicted class with its softmax probability, which is NaN without a predicted class (-1).
store::PredictionRecord prediction_of(std::span<const float> logits, std::int64_t predicted) {
  if (predicted < 0) {
    return {logits, -1, std::numeric_limits<float>::quiet_NaN()};
  }
  double total = 0.0;
  for (const float logit : logits) {
    total += std::exp(double{logit} - logits[static_cast<std::size_t>(predicted)]);
  }
  return {logits, static_cast<std::int32_t>(predicted), static_cast<float>(1.0 / total)};
}

/// Writes the records of one batch and one model.
class BatchWriter {
 public:
  BatchWriter(const ResolvedJob& job, const LoadedModel& loaded, const BatchResult& result,
              const attribution::SuperpixelCache& superpixels, const RecordTarget& target)
      : job_(job), loaded_(loaded), result_(result), superpixels_(superpixels), target_(target) {}

  /// `i`: the index of the image in the batch; `image`: its index in the job.
  void write_prediction(std::size_t i, std::size_t image) const {
    const auto predicted = result_.predictions.const_data_ptr<std::int64_t>()[i];
    if (predicted < 0) {
      base::log_warning(fmt::format("{}: the logits of {} are not finite; it has no predicted class there",
                                    target_.entries[image].path, loaded_.spec.label()));
    }
    target_.store.write(loaded_.spec.label(), target_.rows[image], prediction_of(row_of(result_.logits, i), predicted));
  }

  void write_map(std::size_t method, std::size_t i, std::size_t image) const {
    const auto& name = job_.methods[method].name;
    const auto& made = *result_.methods[method];
    const auto& path = target_.entries[image].path;
    if (!made.finite[i]) {
      base::log_warning(fmt::format("{}: the {} map of {} is not finite", path, name, loaded_.spec.label()));
    }
    store::MapRecord record{row_of(made.maps.values, i),
                            static_cast<std::int32_t>(result_.targets.const_data_ptr<std::int64_t>()[i])};
    for (const auto& [detail, values] : made.maps.details) {
      record.details[detail] = row_of(values, i);
    }
    if (const auto* rule = loaded_.methods[method]->superpixels(); rule != nullptr && stores_maps(job_)) {
      write_superpixels(*rule, image);
    }
    target_.store.write(loaded_.spec.label(), name, target_.rows[image], record);
  }

 private:
  void write_superpixels(const attribution::SuperpixelRule& rule, std::size_t image) const {
    const auto key = rule.key(loaded_.height, loaded_.width, loaded_.resize_name);
    const auto& labels = superpixels_.at({key, target_.entries[image].path}).labels;
    const auto* first = labels.const_data_ptr<std::int64_t>();
    const std::vector<std::uint16_t> narrow(first, first + labels.numel());
    target_.store.write_superpixels(key, target_.rows[image], narrow);
  }

  const ResolvedJob& job_;
  const LoadedModel& loaded_;
  const BatchResult& result_;
  const attribution::SuperpixelCache& superpixels_;
  const RecordTarget& target_;
};

}  // namespace

std::int64_t write_records(const ResolvedJob& job, const LoadedModel& loaded, const BatchResult& result,
                           const plan::Batch& batch, const images::LoadedChunk& chunk,
                           const attribution::SuperpixelCache& superpixels, const RecordTarget& target) {
  const BatchWriter writer(job, loaded, result, superpixels, target);
  std::int64_t records = 0;
  for (std::size_t record = 0; record <= result.methods.size(); ++record) {
    const bool made = record == 0 || result.methods[record - 1].has_value();
    for (std::size_t i = 0; i < batch.count && made; ++i) {
      const auto image = batch.first + i;
      if (!chunk.errors[image - chunk.first].empty() || !target.missing.at(loaded.index, record, image)) {
        continue;
      }
      if (record == 0) {
        writer.write_prediction(i, image);
      } else {
        writer.write_map(record - 1, i, image);
      }
      ++records;
    }
  }
  return records;
}

}  // namespace sightline::stages

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

}  // namespace

bool RecordWriter::wanted(std::size_t record, std::size_t image) const {
  return image >= images_.first && image < images_.first + images_.count &&
         chunk_.errors[image - chunk_.first].empty() && target_.missing.at(loaded_.index, record, image);
}

bool RecordWriter::wants(std::size_t method, const plan::Batch& images) const {
  for (auto image = images.first; image < images.first + images.count; ++image) {
    if (wanted(1 + method, image)) {
      return true;
    }
  }
  return false;
}

void RecordWriter::finish(std::size_t record, std::size_t image) {
  target_.missing.clear(loaded_.index, record, image);
  ++target_.records;
  if (target_.on_record) {
    target_.on_record();
  }
}

void RecordWriter::take(const BatchPredictions& made) {
  const auto count = static_cast<std::size_t>(made.logits.size(0));
  target_.times.add(loaded_.index, 0, count, since_last_.seconds());
  for (std::size_t i = 0; i < count; ++i) {
    const auto image = made.first + i;
    if (!wanted(0, image)) {
      continue;
    }
    const auto predicted = made.predictions.const_data_ptr<std::int64_t>()[i];
    if (predicted < 0) {
      base::log_warning(fmt::format("{}: the logits of {} are not finite; it has no predicted class there",
                                    target_.entries[image].path, loaded_.spec.label()));
    }
    target_.store.write(loaded_.spec.label(), target_.rows[image], prediction_of(row_of(made.logits, i), predicted));
    finish(0, image);
  }
  since_last_ = {};
}

void RecordWriter::take(const BatchMaps& made) {
  target_.times.add(loaded_.index, 1 + made.method, made.finite.size(), since_last_.seconds());
  const auto& name = job_.methods[made.method].name;
  for (std::size_t i = 0; i < made.finite.size(); ++i) {
    const auto image = made.first + i;
    if (!wanted(1 + made.method, image)) {
      continue;
    }
    if (!made.finite[i]) {
      base::log_warning(
          fmt::format("{}: the {} map of {} is not finite", target_.entries[image].path, name, loaded_.spec.label()));
    }
    store::MapRecord record{row_of(made.maps.values, i),
                            static_cast<std::int32_t>(made.targets.const_data_ptr<std::int64_t>()[i])};
    for (const auto& [detail, values] : made.maps.details) {
      record.details[detail] = row_of(values, i);
    }
    if (const auto* rule = loaded_.methods[made.method]->superpixels(); rule != nullptr && stores_maps(job_)) {
      write_superpixels(*rule, image);
    }
    target_.store.write(loaded_.spec.label(), name, target_.rows[image], record);
    finish(1 + made.method, image);
  }
  since_last_ = {};
}

void RecordWriter::write_superpixels(const attribution::SuperpixelRule& rule, std::size_t image) const {
  const auto key = rule.key(loaded_.height, loaded_.width, loaded_.resize_name);
  const auto& labels = superpixels_.at({key, target_.entries[image].path}).labels;
  const auto* first = labels.const_data_ptr<std::int64_t>();
  const std::vector<std::uint16_t> narrow(first, first + labels.numel());
  target_.store.write_superpixels(key, target_.rows[image], narrow);
}

}  // namespace sightline::stages

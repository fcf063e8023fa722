#include "attribution/perturbation.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include "attribution/coalitions/masked_outputs.hpp"
#include "models/kernels/on_host.hpp"

namespace sightline::attribution {
namespace {

/// The feature that each pixel belongs to, for all images: N x (H W), int64, on the device of the inputs.
at::Tensor all_labels(Subject& subject, const SuperpixelRule& rule) {
  std::vector<at::Tensor> labels;
  for (std::int64_t image = 0; image < subject.images(); ++image) {
    labels.push_back(subject.superpixels(rule, image).labels.flatten());
  }
  return at::stack(labels).to(subject.inputs().device());
}

/// The owners' images with the absent features set to 0: K x 3 x H x W. This loop goes over memory once; ATen's
/// operators would do so three times.
at::Tensor masked_on_cpu(const at::Tensor& inputs, const at::Tensor& labels, const at::Tensor& present,
                         const at::Tensor& owners) {
  const auto count = owners.size(0);
  const auto pixels = inputs.size(2) * inputs.size(3);
  auto variants = at::empty({count, 3, inputs.size(2), inputs.size(3)},
                            inputs.options().memory_format(at::MemoryFormat::ChannelsLast));
  const auto* from = inputs.const_data_ptr<float>();
  const auto* label = labels.const_data_ptr<std::int64_t>();
  const auto* keep = present.const_data_ptr<float>();
  const auto* owner = owners.const_data_ptr<std::int64_t>();
  auto* to = variants.mutable_data_ptr<float>();
  const auto features = present.size(1);
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto k = begin; k < end; ++k) {
      const auto* in = from + owner[k] * pixels * 3;
      const auto* feature = label + owner[k] * pixels;
      auto* out = to + k * pixels * 3;
      for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
        const float factor = keep[k * features + feature[pixel]];
        for (std::int64_t c = 0; c < 3; ++c) {
          out[3 * pixel + c] = in[3 * pixel + c] * factor;
        }
      }
    }
  });
  return variants;
}

at::Tensor masked(const at::Tensor& inputs, const at::Tensor& labels, const at::Tensor& present,
                  const at::Tensor& owners) {
  if (models::on_host(inputs) && inputs.is_contiguous(at::MemoryFormat::ChannelsLast)) {
    return masked_on_cpu(inputs, labels, present, owners);
  }
  const auto mask = present.to(inputs.device()).gather(1, labels.index_select(0, owners));
  return inputs.index_select(0, owners) * mask.view({-1, 1, inputs.size(2), inputs.size(3)});
}

/// Scores of masked images. Where it is faster, the outputs of the first layer are composed from those of the single
/// features (MaskedOutputs), and the forward pass starts behind that layer.
class MaskedPasses {
 public:
  MaskedPasses(Subject& subject, const SuperpixelRule& rule)
      : subject_(subject), labels_(all_labels(subject, rule)), first_layer_(subject.masked_model().first_layer()) {
    const auto features =
        rule.max_count(subject.inputs().size(2),
                       subject.inputs().size(3));  // an upper bound, so that the choice does not depend on the batch
    if (first_layer_ != nullptr && !MaskedOutputs::is_faster(*first_layer_, subject.inputs(), features)) {
      first_layer_ = nullptr;
    }
  }

  /// present: K x features; owners: K, int64, on the CPU. From pass to pass, owners must not decrease, since the
  /// outputs of earlier images are released.
  at::Tensor scores(const at::Tensor& present, const at::Tensor& owners, bool probability) {
    const auto on_device = owners.to(subject_.inputs().device());
    return first_layer_ != nullptr
               ? subject_.masked_scores_from_first_layer(outputs(present, owners), on_device, probability)
               : subject_.masked_scores(masked(subject_.inputs(), labels_, present, on_device), on_device, probability);
  }

 private:
  /// The first layer's outputs for the masked images: K x channels x h x w.
  at::Tensor outputs(const at::Tensor& present, const at::Tensor& owners) {
    const auto count = owners.size(0);
    const auto* owner = owners.const_data_ptr<std::int64_t>();
    outputs_by_image_.erase(outputs_by_image_.begin(), outputs_by_image_.lower_bound(owner[0]));
    for (auto image = owner[0]; image <= owner[count - 1]; ++image) {
      outputs_by_image_.try_emplace(image, *first_layer_, subject_.inputs().narrow(0, image, 1), labels_[image]);
    }
    const auto shape = outputs_by_image_.begin()->second.shape();
    auto made = at::empty({count, shape[0], shape[1], shape[2]},
                          subject_.inputs().options().memory_format(at::MemoryFormat::ChannelsLast));
    const auto* keep = present.const_data_ptr<float>();
    auto* to = made.mutable_data_ptr<float>();
    const auto windows = shape[1] * shape[2];
    constexpr std::int64_t block = 64;  // windows whose parts stay in the cache while all masks use them
    at::parallel_for(0, (windows + block - 1) / block, 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto first = begin * block; first < std::min(end * block, windows); first += block) {
        for (std::int64_t k = 0; k < count; ++k) {
          outputs_by_image_.at(owner[k]).write(keep + k * present.size(1), first, std::min(block, windows - first),
                                               to + (k * windows + first) * shape[0]);
        }
      }
    });
    return made;
  }

  Subject& subject_;
  at::Tensor labels_;
  models::FirstLayer* first_layer_;
  std::map<std::int64_t, MaskedOutputs> outputs_by_image_;
};

class FeatureMethod : public Method {
 public:
  FeatureMethod(Parameters parameters, FeatureMap map, PassCount passes, std::vector<Detail> details)
      : parameters_(std::move(parameters)),
        rule_(SuperpixelRule::parse(parameters_.text("features"))),
        map_(std::move(map)),
        passes_(std::move(passes)),
        details_(std::move(details)) {}

  MapKind kind() const override { return MapKind::superpixels; }
  std::map<std::string, std::string> parameters() const override { return parameters_.stored(); }
  const SuperpixelRule* superpixels() const override { return &rule_; }
  std::vector<Detail> details() const override { return details_; }
  Passes passes(Subject& grey) const override { return passes_(parameters_, grey); }

  std::vector<std::int64_t> shape(Subject& subject) const override {
    return {rule_.max_count(subject.inputs().size(2), subject.inputs().size(3))};
  }

  Maps explain(Subject& subject) const override {
    return to_maps(subject, rule_, details_, map_(parameters_, rule_, subject));
  }

 private:
  Parameters parameters_;
  SuperpixelRule rule_;
  FeatureMap map_;
  PassCount passes_;
  std::vector<Detail> details_;
};

}  // namespace

Parameter features_parameter() {
  return {"features", "slic:N|grid:RxC", "slic:50", "what is switched on and off: N superpixels, or a grid of blocks",
          [](const std::string& value) { SuperpixelRule::parse(value); }};
}

Parameter output_parameter(const std::string& default_value) {
  return {"output", "logit|probability", default_value, "which output of the target class is explained",
          one_of({"logit", "probability"})};
}

std::vector<std::vector<double>> evaluate(Subject& subject, const SuperpixelRule& rule,
                                          const std::vector<Coalitions>& coalitions, bool probability) {
  std::vector<std::vector<double>> outputs(coalitions.size());
  std::vector<std::int64_t> owner;
  std::int64_t features = 0;
  for (std::size_t image = 0; image < coalitions.size(); ++image) {
    owner.insert(owner.end(), static_cast<std::size_t>(coalitions[image].size(0)), static_cast<std::int64_t>(image));
    features = std::max(features, coalitions[image].size(1));
  }
  const auto total = static_cast<std::int64_t>(owner.size());
  auto present = at::zeros({total, features}, at::kFloat);
  std::int64_t row = 0;
  for (const auto& each : coalitions) {
    present.narrow(0, row, each.size(0)).narrow(1, 0, each.size(1)).copy_(each);
    row += each.size(0);
  }
  MaskedPasses passes(subject, rule);
  in_passes(total, subject.pass_size(), [&](std::int64_t first, std::int64_t count) {
    auto owners = at::empty({count}, at::kLong);
    std::copy_n(owner.begin() + first, count, owners.mutable_data_ptr<std::int64_t>());
    const auto scores = passes.scores(present.narrow(0, first, count), owners, probability).to(at::kDouble).cpu();
    for (std::int64_t k = 0; k < count; ++k) {
      outputs[static_cast<std::size_t>(owner[static_cast<std::size_t>(first + k)])].push_back(
          scores.const_data_ptr<double>()[k]);
    }
  });
  return outputs;
}

Maps to_maps(Subject& subject, const SuperpixelRule& rule, const std::vector<Detail>& details,
             const std::vector<FeatureValues>& images) {
  const auto count = static_cast<std::int64_t>(images.size());
  const auto most = rule.max_count(subject.inputs().size(2), subject.inputs().size(3));
  const auto table = [&](std::int64_t columns, const auto& row_of) {
    auto made = at::full({count, columns}, std::numeric_limits<float>::quiet_NaN(), at::kFloat);
    for (std::size_t image = 0; image < images.size(); ++image) {
      const std::vector<double>& row = row_of(images[image]);
      if (row.size() > static_cast<std::size_t>(columns)) {  // then SuperpixelRule::max_count is wrong
        throw base::fault("an image has {} features where at most {} were expected; ask for fewer superpixels",
                          row.size(), columns);
      }
      std::transform(row.begin(), row.end(),
                     made.template mutable_data_ptr<float>() + static_cast<std::int64_t>(image) * columns,
                     [](double value) { return static_cast<float>(value); });
    }
    return made;
  };
  Maps maps{table(most, [](const FeatureValues& image) -> const std::vector<double>& { return image.values; })};
  for (const auto& detail : details) {
    const auto made =
        table(detail.per_feature ? most : 1,
              [&](const FeatureValues& image) -> const std::vector<double>& { return image.details.at(detail.name); });
    maps.details[detail.name] = detail.per_feature ? made : made.squeeze(1);
  }
  return maps;
}

MethodSpec feature_method(MethodSpec spec, const FeatureMap& explain, const PassCount& passes,
                          const std::vector<Detail>& details) {
  spec.kind = MapKind::superpixels;
  spec.build = [explain, passes, details](const Parameters& parameters, const models::Model& /*model*/) {
    return std::make_unique<FeatureMethod>(parameters, explain, passes, details);
  };
  return spec;
}

}  // namespace sightline::attribution

#include "attribution/methods/gradients.hpp"

#include <ATen/ops/zeros.h>

namespace sightline::attribution {
namespace {

class PixelMethod : public Method {
 public:
  PixelMethod(Parameters parameters, PixelMap map, PassCount passes, std::vector<Detail> details)
      : parameters_(std::move(parameters)),
        map_(std::move(map)),
        passes_(std::move(passes)),
        details_(std::move(details)) {}

  MapKind kind() const override { return MapKind::pixels; }
  std::map<std::string, std::string> parameters() const override { return parameters_.stored(); }
  std::vector<std::int64_t> shape(Subject& subject) const override { return subject.inputs().sizes().slice(2).vec(); }
  std::vector<Detail> details() const override { return details_; }
  Passes passes(Subject& grey) const override { return passes_(parameters_, grey); }

  Maps explain(Subject& subject) const override {
    auto maps = map_(parameters_, subject);
    maps.values = maps.values.to(at::kFloat).cpu().contiguous();
    return maps;
  }

 private:
  Parameters parameters_;
  PixelMap map_;
  PassCount passes_;
  std::vector<Detail> details_;
};

}  // namespace

void check_fit(const models::Model& model, const models::Rules& rules) {
  const std::int64_t size = model.spec().fixed_size ? model.spec().input_size : 64;
  const auto grey = at::zeros({1, 3, size, size}, model.device()).contiguous(at::MemoryFormat::ChannelsLast);
  models::Pass pass(rules);
  try {
    // The pass changes nothing but the cache of weights packed for this input size, so the model counts as const.
    const_cast<models::Model&>(model).forward(grey, pass);
  } catch (const base::Error& error) {
    throw DoesNotFit(error.what());
  }
}

Parameter channels_parameter(const std::string& default_value) {
  return {"channels", "sum|absmax", default_value, "how the colour channels are merged into one number per pixel",
          one_of({"sum", "absmax"})};
}

at::Tensor merge_channels(const Parameters& parameters, const at::Tensor& values) {
  return parameters.is("channels", "sum") ? values.sum(1) : values.abs().amax(1);
}

PassCount gradients_per_image(std::int64_t count) {
  return [count](const Parameters& /*parameters*/, Subject& /*grey*/) { return Passes{.gradient = count}; };
}

MethodSpec pixel_method(MethodSpec spec, const PixelMap& explain, const PassCount& passes,
                        const std::vector<Detail>& details, const FitCheck& check) {
  spec.kind = MapKind::pixels;
  spec.build = [=](const Parameters& parameters, const models::Model& model) {
    if (check) {
      check(model);
    }
    return std::make_unique<PixelMethod>(parameters, explain, passes, details);
  };
  return spec;
}

}  // namespace sightline::attribution

// LRP: the target's logit is redistributed backwards, layer by layer, to the input pixels.

#include <ATen/TensorOperators.h>

#include "attribution/methods/gradients.hpp"
#include "attribution/methods/lrp_rules.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {
namespace {

class Lrp : public Method {
 public:
  Lrp(const Parameters& parameters, const models::Model& model)
      : parameters_(parameters), name_(parameters.text("rules")) {
    if (name_ == "auto") {
      name_ = automatic_rules(model);
    }
    rules_ = lrp_rules(name_);
    check_fit(model, *rules_);
  }

  MapKind kind() const override { return MapKind::pixels; }

  std::map<std::string, std::string> parameters() const override {
    auto all = parameters_.stored();
    all["rules"] = name_;
    return all;
  }

  std::vector<std::int64_t> shape(Subject& subject) const override { return subject.inputs().sizes().slice(2).vec(); }

  Passes passes(Subject& /*grey*/) const override { return {.gradient = 1}; }

  Maps explain(Subject& subject) const override {
    const bool by_gradient = name_ == "attnlrp";
    const auto owners = subject.owners(0, subject.images(), 1);
    auto relevance =
        subject
            .backward_by(*rules_, subject.inputs(), owners, by_gradient ? Subject::Start::one : Subject::Start::score)
            .values;
    if (by_gradient) {
      relevance = relevance * subject.inputs();
    }
    return {merge_channels(parameters_, relevance).cpu().contiguous()};
  }

 private:
  /// The model's own rules, otherwise epsilon_plus_flat where it fits: on EfficientNet-Lite0, whose bottlenecks are
  /// linear, the Focus study's rules give the relevance to the other class (Focus 0.02; epsilon_plus_flat 0.98).
  static std::string automatic_rules(const models::Model& model) {
    const auto& own = model.spec().lrp_rules;
    return !fits("focus", model) ? "attnlrp" : own.empty() ? "epsilon_plus_flat" : own;
  }

  static bool fits(const std::string& rules, const models::Model& model) {
    try {
      check_fit(model, *lrp_rules(rules));
      return true;
    } catch (const DoesNotFit&) {
      return false;
    }
  }

  Parameters parameters_;
  std::string name_;
  std::unique_ptr<models::Rules> rules_;
};

}  // namespace

MethodSpec lrp() {
  MethodSpec spec{"lrp",
                  "LRP",
                  "Bach et al., PLoS ONE 2015, doi 10.1371/journal.pone.0130140",
                  "1 forward; backward about 2 forward and 1 backward",
                  "focus, epsilon_plus_flat, zplus_all: convolutional models without layer norm; attnlrp: all",
                  MapKind::pixels,
                  {{"rules", "SET", "auto",
                    "focus (the Focus study's), epsilon_plus_flat or zplus_all (zennit's), attnlrp; auto: focus for "
                    "AlexNet, VGG and ResNets, epsilon_plus_flat for other CNNs, attnlrp for transformers and ConvNeXt",
                    one_of({"auto", "focus", "epsilon_plus_flat", "zplus_all", "attnlrp"})},
                   channels_parameter("sum")}};
  spec.build = [](const Parameters& parameters, const models::Model& model) {
    return std::make_unique<Lrp>(parameters, model);
  };
  return spec;
}

}  // namespace sightline::attribution

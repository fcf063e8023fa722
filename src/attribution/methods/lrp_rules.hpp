#pragma once

#include <memory>
#include <string>

#include "models/layers/rules.hpp"

namespace sightline::attribution {

/// The rules of layer-wise relevance propagation (Bach et al., PLoS ONE 2015): the backward pass propagates relevance
/// instead of gradients. `name` is one of
///   focus              the rules of the published Focus code (arXiv 2109.15035)
///   epsilon_plus_flat  zennit's composite: epsilon for linear layers, z+ for convolutions, flat for the first
///   zplus_all          z+ for every convolution and linear layer
///   attnlrp            AttnLRP (Achtibat et al., arXiv 2402.05602) in its gradient form: relevance is input x gradient
///                      when activations, layer norms and attention products pass gradients by its rules
std::unique_ptr<models::Rules> lrp_rules(const std::string& name);

}  // namespace sightline::attribution

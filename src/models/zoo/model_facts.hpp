#pragma once

#include <cstdint>
#include <string>

#include "models/model.hpp"

namespace sightline::models {

/// What models can be grouped by beside their family and kind.
struct ModelFacts {
  std::int64_t parameters = 0;  ///< how many numbers the model's parameters are (ParameterList::count)
  /// Pixels per side of the patches that the image is cut into before any layer sees more than one of them, such as 16
  /// of a ViT and 4 of a Swin Transformer or ConvNeXt; 0 for a stem of convolutions that overlap.
  std::int64_t patch_size = 0;
  std::string training_data;  ///< that of the last training, as timm writes it: in1k; empty where the id does not say
  /// What came before the last training, as timm writes it: in21k, fcmae, fcmae+in22k; empty for nothing.
  std::string pretraining;
};

/// The facts of a model of the zoo. Training is read from the tag of timm's id: the data sets in their order, as in
/// `augreg_in21k_ft_in1k`, and `fcmae` for ConvNeXt V2's training without labels. torchvision's ids have no tag; their
/// weights are of in1k alone.
ModelFacts facts_of(const ModelSpec& spec);

}  // namespace sightline::models

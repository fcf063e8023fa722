#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "attribution/method.hpp"
#include "models/model.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {

/// What a stage stores of every map besides the map itself, or in its place. The explain stage knows nothing of
/// mosaics or of bias: the Focus stage hands it an object of this kind.
class MapExtension {
 public:
  virtual ~MapExtension() = default;

  /// How many pictures of a model's input size lie below each other, and beside each other, in an explained image.
  virtual std::int64_t rows() const = 0;
  virtual std::int64_t columns() const = 0;

  /// Whether the maps are stored at pixels, cells or superpixels; otherwise `Batch::extend` puts others in their place.
  virtual bool stores_maps() const = 0;

  /// The layers of a model whose output the extension reads.
  virtual std::vector<std::string> watched(const models::Model& model) const = 0;

  /// Completes what the store will hold of a method: details, parameters and, where maps are replaced, kind and shape.
  /// `grey`: a batch of one grey image in front of the model.
  virtual void plan(attribution::Subject& grey, store::MethodPlan& method) const = 0;

  /// The images of one batch.
  class Batch {
   public:
    virtual ~Batch() = default;
    /// Completes the maps that a method made of the batch, as `plan` announced.
    virtual void extend(const attribution::Method& method, attribution::Maps& maps) = 0;
  };
  /// `first`: the index in the job's list of the subject's first image. The subject must outlive the result.
  virtual std::unique_ptr<Batch> begin(attribution::Subject& subject, std::size_t first) const = 0;
};

}  // namespace sightline::stages

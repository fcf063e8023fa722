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

/// Interface through which a stage stores further data with every map, or stores other data instead of it. The explain
/// stage does not know mosaics or bias; the Focus stage passes it a MapExtension (ResolvedJob::extension).
class MapExtension {
 public:
  virtual ~MapExtension() = default;

  /// An explained image is a grid of rows() x columns() pictures, each of the model's input size.
  virtual std::int64_t rows() const = 0;
  virtual std::int64_t columns() const = 0;

  /// Whether the methods' own maps are stored. Otherwise `Batch::extend` replaces them.
  virtual bool stores_maps() const = 0;

  /// Module paths of the layers whose output the extension reads (attribution::Subject::watched).
  virtual std::vector<std::string> watched(const models::Model& model) const = 0;

  /// Adds to the plan of a method what the extension stores: details, parameters and, where it replaces the maps, kind
  /// and shape. `grey`: the model with a batch of one grey image, from which shapes can be read.
  virtual void plan(attribution::Subject& grey, store::MethodPlan& method) const = 0;

  /// The extension for the images of one batch.
  class Batch {
   public:
    virtual ~Batch() = default;
    /// Adds to the maps of one method, or replaces them, so that they hold what `plan` announced.
    virtual void extend(const attribution::Method& method, attribution::Maps& maps) = 0;
  };
  /// Called once per batch, before the methods explain it. `first`: the index of the subject's first image in the job's
  /// list. The subject must outlive the result.
  virtual std::unique_ptr<Batch> begin(attribution::Subject& subject, std::size_t first) const = 0;
};

}  // namespace sightline::stages

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attribution/parameters.hpp"
#include "attribution/subject.hpp"
#include "base/error.hpp"
#include "job/job_config.hpp"
#include "models/model.hpp"

namespace sightline::attribution {

/// What a stored map is made of (design.md, section 4).
enum class MapKind { grid, pixels, superpixels };
std::string name_of(MapKind kind);

/// The maps of a batch, on the CPU.
struct Maps {
  at::Tensor values;                               ///< N x h x w or N x F, float32: raw, at native resolution
  std::map<std::string, at::Tensor> details = {};  ///< what else is stored of each image, by name: N or N x F, float32
};

/// Something stored beside the values: one number an image, or one per feature.
struct Detail {
  std::string name;
  bool per_feature = false;
};

/// Thrown when a method cannot explain a model; says why.
class DoesNotFit : public base::Error {
 public:
  explicit DoesNotFit(const std::string& why) : Error(base::ExitCode::usage, why) {}
};

/// An attribution method with its parameters fixed for one model.
class Method {
 public:
  virtual ~Method() = default;
  virtual MapKind kind() const = 0;
  /// Names and values of all parameters, as stored: a resume with other values is refused.
  virtual std::map<std::string, std::string> parameters() const = 0;
  /// The layers whose activations and gradients it reads.
  virtual std::vector<std::string> layers() const { return {}; }
  /// The layers whose output alone it reads.
  virtual std::vector<std::string> watched() const { return {}; }
  /// Of one image's values; superpixels: the largest number of features there can be.
  virtual std::vector<std::int64_t> shape(Subject& subject) const = 0;
  virtual std::vector<Detail> details() const { return {}; }
  /// How the features of superpixel maps are made; nothing for other kinds.
  virtual const SuperpixelRule* superpixels() const { return nullptr; }
  /// Deterministic for given images, ids and seed. Throws base::Error(input) when a target class does not exist.
  virtual Maps explain(Subject& subject) const = 0;
};

/// What a method's maps say of the target class: what speaks for it and what against; how much, but not which way;
/// nothing, since they are the same for every class.
enum class Reads { direction, magnitude, nothing };

/// One row of the registry: what `sightline methods` lists.
struct MethodSpec {
  std::string name;  ///< as in stores and tables
  std::string title;
  std::string paper;
  std::string cost;     ///< in model passes per image
  std::string applies;  ///< to which models
  MapKind kind = MapKind::grid;
  std::vector<Parameter> parameters = {};
  std::vector<std::string> shared_options = {};  ///< of the job, besides `target`
  std::function<std::unique_ptr<Method>(const Parameters&, const models::Model&)> build = {};
  Reads reads = Reads::direction;

  /// Throws DoesNotFit.
  std::unique_ptr<Method> make(const job::JobConfig& job, const models::Model& model) const {
    return build(Parameters(name, parameters, job), model);
  }
};

/// The method, made only of parameters that go together: `check` throws base::Error(usage) where they do not.
MethodSpec checked(MethodSpec spec, const std::function<void(const Parameters&)>& check);

/// What one method makes of a batch on its own.
struct Explanation {
  at::Tensor logits;   ///< N x classes
  at::Tensor targets;  ///< N, int64
  at::Tensor values;   ///< as in Maps
  std::map<std::string, at::Tensor> details;
};
/// For a single method; jobs share a Subject between methods. `job`: target and seed.
Explanation explain_alone(const Method& method, models::Model& model, const Batch& batch,
                          const job::JobConfig& job = {});

}  // namespace sightline::attribution

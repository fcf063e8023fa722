#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "job/job_config.hpp"
#include "models/model.hpp"

namespace sightline::attribution {

/// What a stored map is made of (design.md, section 4).
enum class MapKind { grid, pixels, superpixels };
std::string name_of(MapKind kind);

/// Images as a model takes them, with what is known about them.
struct Batch {
  at::Tensor inputs;                 ///< N x 3 x H x W float32, normalised, channels-last, on the model's device
  std::vector<std::int64_t> labels;  ///< N class indices, -1 = unknown
};

/// What one pass over a batch gives, on the CPU.
struct Explanation {
  at::Tensor logits;   ///< N x classes, float32
  at::Tensor targets;  ///< N, int64: the class that was explained
  at::Tensor values;   ///< N x h x w, float32: raw maps at native resolution
};

/// An attribution method with its parameters fixed for one model.
class Method {
 public:
  virtual ~Method() = default;
  virtual MapKind kind() const = 0;
  /// Names and values of all parameters, as stored: a resume with other values is refused.
  virtual std::map<std::string, std::string> parameters() const = 0;
  /// Deterministic for given inputs. Throws base::Error(input) when a target class does not exist.
  virtual Explanation explain(models::Model& model, const Batch& batch) const = 0;
};

/// One row of the registry: what `sightline methods` lists.
struct MethodSpec {
  std::string name;  ///< as in stores and tables
  std::string title;
  std::string paper;
  std::string cost;     ///< in model passes per image
  std::string applies;  ///< to which models
  MapKind kind = MapKind::grid;
  std::vector<std::string> options;  ///< names of its options
  std::function<std::unique_ptr<Method>(const job::JobConfig&, const models::Model&)> make;
};

const std::vector<MethodSpec>& all_methods();
/// Throws base::Error(usage) with the nearest name.
const MethodSpec& find_method(const std::string& name);

/// The class of each image that `target` asks for. Throws base::Error(input) for an unknown label or a class the model
/// does not have.
at::Tensor choose_targets(const job::Target& target, const at::Tensor& logits, const std::vector<std::int64_t>& labels);

}  // namespace sightline::attribution

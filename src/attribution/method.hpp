#pragma once

#include <algorithm>
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

/// What a stored map is made of (analysis/README.md, "explanations.h5"): a number per cell of a layer's grid, per input
/// pixel, or per superpixel.
enum class MapKind { grid, pixels, superpixels };
/// The kind's name as stored: "grid", "pixels" or "superpixels".
std::string name_of(MapKind kind);

/// The maps of a batch, on the CPU.
struct Maps {
  at::Tensor values;                               ///< N x h x w or N x F, float32: raw, at native resolution
  std::map<std::string, at::Tensor> details = {};  ///< further stored values by Detail::name: N or N x F, float32
};

/// A quantity that is stored beside the map: one number per image, or one per feature (superpixel).
struct Detail {
  std::string name;
  bool per_feature = false;
};

/// Thrown when a method cannot explain a model; the message says why.
class DoesNotFit : public base::Error {
 public:
  explicit DoesNotFit(const std::string& why) : Error(base::ExitCode::usage, why) {}
};

/// How many variants of one image a method passes through the model, beyond the pass of the image itself that all
/// methods share (Subject::logits). For methods that decide on the way, the number that they begin with.
struct Passes {
  std::int64_t forward = 0;   ///< forward
  std::int64_t masked = 0;    ///< forward, through Subject::masked_model
  std::int64_t gradient = 0;  ///< forward and backward to the input

  std::int64_t all() const { return forward + masked + gradient; }
};

/// The Passes of a method with these parameters. `grey`: as in Method::passes.
using PassCount = std::function<Passes(const Parameters&, Subject& grey)>;

/// An attribution method with its parameters fixed for one model.
class Method {
 public:
  virtual ~Method() = default;
  virtual MapKind kind() const = 0;
  /// Names and values of all parameters as text, as they are stored. A job that resumes with other values is refused.
  virtual std::map<std::string, std::string> parameters() const = 0;
  /// Module paths of the layers whose activations and gradients the method reads (Subject::layer).
  virtual std::vector<std::string> layers() const { return {}; }
  /// Module paths of the layers whose output the method reads, but not the gradient (Subject::watched).
  virtual std::vector<std::string> watched() const { return {}; }
  /// The shape of one image's values: {h, w}, or {F} for superpixels, where F is the largest possible number of
  /// features. May run the model.
  virtual std::vector<std::int64_t> shape(Subject& subject) const = 0;
  /// The entries of Maps::details that `explain` returns.
  virtual std::vector<Detail> details() const { return {}; }
  /// What one image costs. `grey`: any image of the size that is explained.
  virtual Passes passes(Subject& grey) const = 0;
  /// How an image is cut into the features of a superpixel map; nullptr for the other kinds.
  virtual const SuperpixelRule* superpixels() const { return nullptr; }
  /// Computes the maps of all images of the subject. The same images, ids and seed give the same maps. Throws
  /// base::Error(input) when a target class does not exist.
  virtual Maps explain(Subject& subject) const = 0;
};

/// What a method's maps tell about the target class. direction: the sign says whether a pixel speaks for or against the
/// class. magnitude: a pixel matters for the class, but not in which direction. nothing: the map is the same for every
/// class.
enum class Reads { direction, magnitude, nothing };

/// How comparisons and figures read a map of MapKind::grid. cam: as pytorch-grad-cam returns it, that is ReLU, scaling
/// to [0, 1], enlarging, and scaling again. attention: weights that are never negative, divided by the largest.
enum class GridReading { cam, attention };
/// The reading's name in `sightline methods --json`: "cam" or "attention".
std::string name_of(GridReading reading);

/// One row of the registry: what `sightline methods` lists.
struct MethodSpec {
  std::string name;     ///< as in stores and tables
  std::string title;    ///< the method's published name
  std::string paper;    ///< authors and arXiv number or DOI
  std::string cost;     ///< in model passes per image
  std::string applies;  ///< which models the method can explain
  MapKind kind = MapKind::grid;
  std::vector<Parameter> parameters = {};
  /// Options of the job that the method reads besides `target`; "seed" when it draws random numbers.
  std::vector<std::string> shared_options = {};
  std::function<std::unique_ptr<Method>(const Parameters&, const models::Model&)> build = {};
  Reads reads = Reads::direction;
  GridReading grid_reading = GridReading::cam;
  /// Throws base::Error(usage) for parameters that exclude each other, whatever the model. May be empty.
  std::function<void(const Parameters&)> check = {};

  /// Whether another seed of the job gives other maps.
  bool draws() const { return std::find(shared_options.begin(), shared_options.end(), "seed") != shared_options.end(); }
  /// Throws base::Error(usage) for parameters of the job that exclude each other. No model is needed, so mistakes are
  /// found before anything is loaded.
  void check_parameters(const job::JobConfig& job) const {
    if (check) {
      check(Parameters(name, parameters, job));
    }
  }
  /// The method with the job's parameters for one model. Throws DoesNotFit when the method cannot explain the model,
  /// and as check_parameters.
  std::unique_ptr<Method> make(const job::JobConfig& job, const models::Model& model) const {
    check_parameters(job);
    return build(Parameters(name, parameters, job), model);
  }
};

/// `spec` with this check of its parameters, see MethodSpec::check.
MethodSpec checked(MethodSpec spec, std::function<void(const Parameters&)> check);

/// The maps of one method for a batch, with the model's outputs.
struct Explanation {
  at::Tensor logits;   ///< N x classes, float32
  at::Tensor targets;  ///< N class indices, int64
  at::Tensor values;   ///< as in Maps
  std::map<std::string, at::Tensor> details;
};
/// Explains a batch with a single method. Jobs share one Subject between their methods instead. The target rule and the
/// seed come from `job`.
Explanation explain_alone(const Method& method, models::Model& model, const Batch& batch,
                          const job::JobConfig& job = {});

}  // namespace sightline::attribution

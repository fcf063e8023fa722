#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attribution/method.hpp"
#include "comparison/metrics.hpp"
#include "job/options.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::stages {

/// One of the job's methods. NAME@LAYER is the CAM NAME at another layer than --gradcam.layer's; NAME@PARAMETER=VALUE
/// is the method with another value than --NAME.PARAMETER's.
struct MethodChoice {
  std::string name;  ///< as typed, and as in stores and tables
  const attribution::MethodSpec* spec = nullptr;
  std::string layer = {};                              ///< empty = as the job says
  std::map<std::string, std::string> parameters = {};  ///< NAME.PARAMETER -> value; those not here are as the job says

  /// Throws attribution::DoesNotFit.
  std::unique_ptr<attribution::Method> make(const job::JobConfig& config, const models::Model& model) const;
};

/// What a model computes of an image: its logits, or the features that its classifier takes.
enum class Output { logits, features };

class MapExtension;

/// A job whose names have been looked up.
struct ResolvedJob {
  job::JobConfig config;
  std::string text;  ///< every option as name = value, for stores and run.json
  std::vector<std::shared_ptr<const models::ModelSpec>> models;
  std::vector<MethodChoice> methods;
  Output output = Output::logits;
  bool crop_instead_of_stretch = false;                ///< by the common transforms, as the Focus study does with tiles
  std::shared_ptr<const MapExtension> extension = {};  ///< what is stored of every map besides it; may be null
};

/// Whether maps themselves are stored, or only what the job's extension puts in their place.
bool stores_maps(const ResolvedJob& job);

/// Throws base::Error(usage) for an unknown linkage or community search.
void check_clustering(const job::JobConfig& config);

/// Looks up models and methods and checks what must be given. Throws one base::Error(usage) with every mistake of the
/// job in it, those found while parsing included.
ResolvedJob resolve(const job::ParsedJob& parsed);

}  // namespace sightline::stages

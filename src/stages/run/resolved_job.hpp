#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attribution/method.hpp"
#include "images/perturb.hpp"
#include "job/options.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::stages {

/// One of the methods that --methods names. NAME@LAYER is the class activation map NAME at LAYER instead of
/// --gradcam.layer; NAME@PARAMETER=VALUE is the method NAME with VALUE instead of --NAME.PARAMETER.
struct MethodChoice {
  std::string name;  ///< as the user typed it, which is also its name in stores and tables
  const attribution::MethodSpec* spec = nullptr;
  std::string layer = {};                              ///< replaces --gradcam.layer; empty = that option's value
  std::map<std::string, std::string> parameters = {};  ///< values that replace the job's, by NAME.PARAMETER

  /// Throws base::Error(usage) for parameters or a depth of the layer that no model can have.
  void check(const job::JobConfig& config) const;
  /// The method for one model. Throws as attribution::MethodSpec::make.
  std::unique_ptr<attribution::Method> make(const job::JobConfig& config, const models::Model& model) const;

 private:
  job::JobConfig adjusted(const job::JobConfig& config) const;
};

/// The output of a model that a job stores: its logits, or the features that are the input of its classifier.
enum class Output { logits, features };

class MapExtension;

/// A job with the specifications of the models and methods that it names.
struct ResolvedJob {
  job::JobConfig config;
  std::string text;  ///< every option that is given or has a default, a line "name = value" each; written to stores
  std::vector<std::shared_ptr<const models::ModelSpec>> models;
  std::vector<MethodChoice> methods;
  Output output = Output::logits;
  std::optional<std::uint64_t> top_logits = {};        ///< the number of largest logits that are stored; nothing = all
  bool crop_instead_of_stretch = false;                ///< common transforms crop, as the Focus study does with tiles
  std::shared_ptr<const MapExtension> extension = {};  ///< stores further data with every map; may be null
};

/// How images are prepared, as stores and trained weights say it: "common" or "model", with ", jpeg-draft" and the name
/// of the perturbation behind it, such as ", flip".
std::string transforms_name(const job::ImagesConfig& images);
/// The perturbation in a name that transforms_name has made.
images::Perturbation perturbation_in(const std::string& transforms_name);
/// Throws base::Error(usage) when the job perturbs images, which `command` cannot show or compose.
void require_unperturbed(const job::JobConfig& config, const std::string& command);

/// The name of a record of the job: MODEL/METHOD, or MODEL/ for the prediction. Record 0 is the prediction, 1 + m the
/// map of method m.
std::string record_name(const ResolvedJob& job, std::size_t model, std::size_t record);

/// The job with the logits that --store-logits says, for explanations.h5. Stores of other stages have all logits.
ResolvedJob with_stored_logits(ResolvedJob job);

/// Whether the methods' own maps are stored, and not only what the job's extension replaces them with.
bool stores_maps(const ResolvedJob& job);

/// Throws base::Error(usage) for an unknown name in --cluster.linkage or --cluster.communities.
void check_clustering(const job::JobConfig& config);

/// Looks up every name in the job and checks that the required options are given. Throws one base::Error(usage) that
/// lists all mistakes, including those that parsing found.
ResolvedJob resolve(const job::ParsedJob& parsed);

}  // namespace sightline::stages

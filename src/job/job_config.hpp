#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sightline::job {

enum class Transforms { common, model };
enum class BadImage { fail, skip };
enum class Device { automatic, cpu, cuda };
/// mixed: bf16 for the passes over masked images, fp32 for all others.
enum class Precision { fp32, bf16, mixed };
enum class Interpolation { bilinear, bicubic };
enum class PixelDtype { float32, float16 };
enum class Blank { count, exclude };
enum class Across { models, methods };
enum class MatrixKind { automatic, similarity, dissimilarity };

/// Which class of each image is explained.
struct Target {
  enum class Rule { predicted, label, index };
  Rule rule = Rule::predicted;
  std::int64_t index = -1;  ///< for Rule::index

  /// As it is written on the command line: predicted, label or the index.
  std::string text() const;
};

/// Chunk number c of the image list belongs to part c % count + 1.
struct Part {
  std::int64_t number = 1;
  std::int64_t count = 1;
};

/// Which layers of a model are trained.
enum class TrainedLayers { head, last, all };

enum class Optimizer { sgd, adamw };

/// Which models, and what is known of a user's own.
struct ModelsConfig {
  std::vector<std::string> names;  ///< zoo names, timm ids, groups, TorchScript files
  std::string weights;
  // A user's own TorchScript model:
  std::int64_t input_size = 0;  ///< pixels of a side; 0 = not given
  std::vector<double> mean;     ///< three values for images in [0, 1]; empty = not given
  std::vector<double> std;      ///< as mean
  double crop_pct = 0.875;
  Interpolation interpolation = Interpolation::bilinear;
};

/// Which images, and how they become a model's input.
struct ImagesConfig {
  std::string source;                    ///< a folder or a CSV
  std::string classes;                   ///< a CSV of class names; empty = folders are numbered
  std::int64_t limit = 0;                ///< images; 0 = all
  std::optional<std::uint64_t> shuffle;  ///< seed; nothing = list order
  Transforms transforms = Transforms::common;
  BadImage on_bad_image = BadImage::fail;
};

/// Which explanations are made and how they are stored.
struct ExplainConfig {
  std::vector<std::string> methods;
  Target target;
  std::string gradcam_layer;                     ///< empty = the model's own; a depth in (0, 1]; or a timm module path
  std::optional<bool> fix_corner;                ///< nothing = only for the models that need it
  PixelDtype pixel_dtype = PixelDtype::float32;  ///< of stored maps at pixel resolution
  Part part;                                     ///< the share of the images that this job explains
  std::int64_t chunk = 16;                       ///< images per work unit
};

/// Where and in which numbers models compute.
struct ComputeConfig {
  Device device = Device::automatic;
  Precision precision = Precision::fp32;
  std::optional<std::int64_t> batch;  ///< images; nothing = by the device, 0 = the fastest is searched
  std::int64_t threads = 1;           ///< per rank
  std::int64_t models_at_once = 0;    ///< in a rank's memory; 0 = as the work divides best
};

/// How maps are compared, and what is asked of the comparison.
struct CompareConfig {
  Across across = Across::models;
  std::string explanations;  ///< folder with explanations.h5; empty = output
  std::vector<std::string> metrics;
  std::int64_t size = 224;    ///< pixels of a side
  double clip_percent = 0.3;  ///< of pixel maps, at either end
  bool absolute = false;
  Blank blank = Blank::count;
  std::int64_t resamples = 0;  ///< of the images; 0 = no intervals
  double confidence = 0.95;
  std::vector<std::int64_t> image_counts;  ///< empty = the powers of two
  std::int64_t subsets = 0;                ///< 0 = no image-count experiment
  double wanted_error = 0.01;
  std::int64_t permutations = 0;  ///< 0 = no Mantel test
};

/// Trees, communities and projections of a dissimilarity matrix.
struct ClusterConfig {
  std::vector<std::string> linkages;
  MatrixKind matrix_kind = MatrixKind::automatic;
  std::int64_t max_clusters = 6;
  std::vector<std::string> communities;  ///< search algorithms
  std::vector<double> resolutions;
  std::int64_t community_runs = 200;
  std::int64_t resamples = 0;  ///< 0 = no support of splits
};

/// What is planned.
struct PlanConfig {
  std::int64_t ranks = 1;
  bool focus = false;                   ///< the mosaics, instead of the images
  std::int64_t calibration_images = 1;  ///< explained by every model to learn its time; 0 = none
};

/// Figures, report and exports.
struct ReportConfig {
  std::int64_t images = 8;
  std::string python;
  std::string export_format;  ///< npy, png or virelay
};

/// How mosaics are drawn.
struct MosaicsConfig {
  std::string file;  ///< CSV; empty = they are drawn
  std::int64_t rows = 2;
  std::int64_t columns = 2;
  std::int64_t targets = 2;  ///< tiles of the target class
  std::int64_t per_class = 100;
  bool all_arrangements = false;  ///< of the target tiles, for each draw
  bool skip_small_classes = false;
  bool patches = false;  ///< two photos patch by patch, instead of a photo in every tile
};

/// What maps on mosaics are judged by.
struct FocusConfig {
  bool maps = false;  ///< the maps are stored too
  bool ood = false;   ///< features of photos and mosaics are compared
  std::vector<std::string> metrics;
  std::int64_t steps = 16;  ///< of a curve; sets of each size
  std::int64_t resamples = 0;
  double confidence = 0.95;
};

/// Pairs of the worst predicted images.
struct BiasConfig {
  std::int64_t worst = 3;    ///< images of each class
  std::int64_t target = -1;  ///< class whose evidence is looked for; -1 = every class
  double prevalence = 0.1;   ///< share of a class's images that are taken for another, from which on it is a bias
};

/// New classifiers and fine-tuning.
struct TrainConfig {
  std::string images;  ///< folder or CSV of labelled images
  std::string val;     ///< empty = none
  TrainedLayers layers = TrainedLayers::head;
  std::int64_t last_blocks = 0;  ///< for TrainedLayers::last
  std::int64_t epochs = 1;
  std::int64_t batch = 32;  ///< images in a step, over all ranks
  double learning_rate = 0.001;
  Optimizer optimizer = Optimizer::sgd;
  std::int64_t warmup_epochs = 0;
  bool augment = true;
  double min_scale = 0.35;
  std::int64_t patience = 0;  ///< epochs without a better accuracy; 0 = all epochs
  std::int64_t checkpoint_steps = 50;
  double weight_decay = 1e-3;
  double label_smoothing = 0.0;
  bool synchronised_norms = false;
};

/// Everything a run is told, checked and constant from here on. Defaults, units and help texts are those of the options
/// (options.cpp and its neighbours).
struct JobConfig {
  std::string output;
  std::uint64_t seed = 1;
  /// What is typed for the parameters that methods and metrics own, by option: kernelshap.samples -> 350. Their owners
  /// know defaults and meaning (parameters.hpp).
  std::map<std::string, std::string> parameters;
  ModelsConfig models;
  ImagesConfig images;
  ExplainConfig explain;
  ComputeConfig compute;
  CompareConfig compare;
  ClusterConfig cluster;
  PlanConfig plan;
  ReportConfig report;
  MosaicsConfig mosaics;
  FocusConfig focus;
  BiasConfig bias;
  TrainConfig train;
};

}  // namespace sightline::job

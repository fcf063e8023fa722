#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sightline::job {

/// How images become the models' input. common: all models get the same 224 x 224 images; model: every model gets the
/// images of its own evaluation recipe.
enum class Transforms { common, model };
/// The treatment of an image that cannot be read: the run ends with an error, or goes on without it.
enum class BadImage { fail, skip };
/// The device that models compute on. automatic: a GPU where the rank has one, otherwise the CPU.
enum class Device { automatic, cpu, cuda };
/// The number type that models compute in. mixed: bf16 for the passes over masked images, fp32 for all others.
/// tf32: numbers of 32 bits, whose products a GPU rounds to 10 bits behind the point. mixed: bf16 for masked images
/// alone.
enum class Precision { fp32, tf32, bf16, mixed };
enum class Interpolation { bilinear, bicubic };
/// The stored type of maps at pixel resolution.
enum class PixelDtype { float32, float16 };
/// How a comparison treats an all-zero map. count: it has the similarity that the metric gives, which is 0 for all
/// metrics except rbf and ssim; exclude: its image is left out of the sums of the pair.
enum class Blank { count, exclude };
/// The items that are compared in pairs. models: the models, for each method; methods: the methods, for each model;
/// depths: the layers of all models, for each method that explains several.
enum class Across { models, methods, depths };
/// The meaning of the numbers in a matrix. automatic: it is derived from the name of the file.
enum class MatrixKind { automatic, similarity, dissimilarity };

/// Which class of each image is explained.
struct Target {
  enum class Rule { predicted, label, index };
  Rule rule = Rule::predicted;
  std::int64_t index = -1;  ///< for Rule::index

  /// The value of the option --target: predicted, label or the index.
  std::string text() const;
};

/// One of `count` parts of the image list. Chunk c of the list (counted from 0) belongs to part c % count + 1.
struct Part {
  std::int64_t number = 1;  ///< from 1 to count
  std::int64_t count = 1;
};

/// Which layers of a model are trained.
enum class TrainedLayers { head, last, all };

enum class Optimizer { sgd, adamw };

/// Which models are used, and the properties of a user's TorchScript model.
struct ModelsConfig {
  std::vector<std::string> names;        ///< names in the zoo, timm ids, groups of models or TorchScript files
  std::string weights;                   ///< a folder, a file, synthetic:SEED or random:SEED
  bool allow_nonfinite_weights = false;  ///< whether weights that are NaN or infinite are taken instead of refused
  // For a TorchScript model only:
  std::int64_t input_size = 0;  ///< pixels per side; 0 = not given
  std::vector<double> mean;     ///< mean of each channel, for images in [0, 1]; empty = not given
  std::vector<double> std;      ///< standard deviation of each channel; empty = not given
  double crop_pct = 0.875;      ///< input size / short side of the resized image, as in timm
  Interpolation interpolation = Interpolation::bilinear;
};

/// Which images are used, and how they become a model's input.
struct ImagesConfig {
  std::string source;                    ///< a folder, tar archives, or a CSV of paths and labels
  std::string root;                      ///< what the paths in a CSV are relative to; empty = its folder
  std::string classes;                   ///< a CSV of class indices and names; empty = the folders are numbered
  std::int64_t limit = 0;                ///< number of images; 0 = all
  std::optional<std::uint64_t> shuffle;  ///< seed of the shuffle; nothing = not shuffled
  Transforms transforms = Transforms::common;
  BadImage on_bad_image = BadImage::fail;
  std::int64_t decode_threads = 0;  ///< of each rank; 0 = depends on the device
  bool jpeg_draft = false;          ///< whether libjpeg shrinks large JPEGs while it decodes them
  std::string perturb = "none";     ///< name of an images::Perturbation
};

/// Which records of an earlier run are read and compared with their checksums before a run ends.
enum class Verify {
  full,    ///< all
  recent,  ///< those that are newer than the last run with `recent` that came to its end
  none
};

/// Which logits of an image are stored: of all classes, the five largest, or none.
enum class StoreLogits { all, top5, none };

/// Which explanations are computed and how they are stored.
struct ExplainConfig {
  std::vector<std::string> methods;
  Target target;
  std::string gradcam_layer;       ///< a depth in (0, 1] or a timm module path; empty = the model's target layer
  std::optional<bool> fix_corner;  ///< see --gradcam.fix-corner; nothing = where the model needs it
  PixelDtype pixel_dtype = PixelDtype::float32;  ///< type of stored maps at pixel resolution
  Part part;                                     ///< the part of the images that this job explains
  std::int64_t chunk = 16;                       ///< images per work unit
  Verify verify = Verify::full;
  /// Nothing = top5 in a new store, and what an existing one has.
  std::optional<StoreLogits> store_logits;
};

/// The device and the precision that models compute with, and the number of images per pass.
struct ComputeConfig {
  Device device = Device::automatic;
  Precision precision = Precision::fp32;
  std::optional<std::int64_t> batch;  ///< images per pass; nothing = depends on the device, 0 = the fastest is measured
  std::int64_t threads = 1;           ///< CPU threads per rank
  std::int64_t models_at_once = 0;    ///< most models in a rank's memory; 0 = chosen by group_count
};

/// How a job ends that a signal stops or that goes wrong, and where it writes its lines.
struct SupervisionConfig {
  std::int64_t grace = 20;   ///< seconds that a rank may take to end after a signal
  std::int64_t stall = 600;  ///< seconds without progress of a rank after which the job ends; 0 = never
  std::string log_file;      ///< rank R also writes its lines to log_file.R; empty = to stderr alone
};

/// How the representations of models are compared.
struct RepresentConfig {
  std::int64_t images = 1000;    ///< images in the sample whose features are compared
  std::vector<double> depths;    ///< shares of a model's blocks in (0, 1]; empty = features before the classifier
  std::int64_t neighbours = 10;  ///< nearest neighbours of an image of which two models share some
};

/// How maps are compared, and the statistics of the comparison.
struct CompareConfig {
  Across across = Across::models;
  std::string explanations;            ///< folder with explanations.h5; empty = the output folder
  std::vector<std::string> metrics;    ///< similarity metrics
  std::vector<std::string> behaviour;  ///< measures by which the outputs of models are compared; empty = none
  std::int64_t size = 224;             ///< side in pixels of the grid on which maps are compared
  std::int64_t grid = 0;      ///< cells per side of a grid over which maps are averaged before; 0 = they are not
  double clip_percent = 0.3;  ///< percentage of a pixel map's values that is clipped at each end
  bool absolute = false;      ///< signed maps are compared by their absolute values
  Blank blank = Blank::count;
  std::int64_t resamples = 0;              ///< bootstrap resamples of the images; 0 = no intervals
  double confidence = 0.95;                ///< level of the bootstrap intervals
  std::vector<std::int64_t> image_counts;  ///< subset sizes of the image-count experiment; empty = the powers of two
  std::int64_t subsets = 0;                ///< random subsets of each size; 0 = no image-count experiment
  double wanted_error = 0.01;              ///< error of a dissimilarity for which the number of images is reported
  std::int64_t permutations = 0;           ///< permutations of the Mantel test; 0 = no test
  std::int64_t floor_draws = 0;      ///< how often maps are paired with maps of other images; 0 = no similarity floor
  std::int64_t floor_images = 128;   ///< images in the sample that is paired, and compared with the repeats
  std::string facts;                 ///< CSV of numbers known of the images; empty = none
  std::vector<std::string> repeats;  ///< folders with explanations.h5 of the same models and images, made otherwise
};

/// How trees, communities and projections of a dissimilarity matrix are computed.
struct ClusterConfig {
  std::vector<std::string> linkages;  ///< linkage methods of the trees
  MatrixKind matrix_kind = MatrixKind::automatic;
  std::int64_t max_clusters = 6;         ///< trees are cut into 2 to max_clusters clusters
  std::vector<std::string> communities;  ///< community detection algorithms
  std::vector<double> resolutions;       ///< of the modularity
  std::int64_t community_runs = 200;     ///< runs of each algorithm with different seeds; the best result is kept
  std::int64_t resamples = 0;            ///< bootstrap resamples for the support of the splits; 0 = no support
  std::string groups;                    ///< CSV of the items' groups; empty = the kinds of the models
  std::int64_t permutations = 9999;      ///< random groups that the tests of groups compare with
};

/// What the command plan forecasts: the explanation of the images, that of mosaics of them, or the comparison of maps.
enum class PlanStage { attribute, focus, compare };

/// The run that the command plan forecasts.
struct PlanConfig {
  std::int64_t ranks = 1;  ///< number of ranks of the planned run
  PlanStage stage = PlanStage::attribute;
  std::int64_t calibration_images = 8;  ///< images that are timed with every model or comparison; 0 = none
};

/// The content of figures and report, and the format of exports.
struct ReportConfig {
  std::int64_t images = 8;    ///< images in the figures
  std::string python;         ///< Python interpreter; empty = base::python_program()
  std::string export_format;  ///< npy, png or virelay
};

/// How mosaics are drawn (focus/mosaic.hpp).
struct MosaicsConfig {
  std::string file;                 ///< CSV of existing mosaics; empty = they are drawn
  std::int64_t rows = 2;            ///< tiles per column of a mosaic
  std::int64_t columns = 2;         ///< tiles per row of a mosaic
  std::int64_t targets = 2;         ///< tiles per mosaic that show the target class
  std::int64_t per_class = 100;     ///< mosaics per target class
  bool all_arrangements = false;    ///< every arrangement of the target tiles, for each draw
  bool skip_small_classes = false;  ///< skip classes with too few images; otherwise they are an error
  bool patches = false;             ///< each tile shows its part of one of two images, not a whole image
};

/// How the maps of mosaics are evaluated.
struct FocusConfig {
  bool maps = false;                 ///< the maps are stored, not only their scores
  bool ood = false;                  ///< the features of mosaics are compared with those of the images they are made of
  std::vector<std::string> metrics;  ///< quality metrics besides Focus
  /// Steps of a deletion or insertion curve, which has one point more; sets of each size of sensitivity_n.
  std::int64_t steps = 16;
  std::int64_t resamples = 0;  ///< bootstrap resamples of the mosaics; 0 = no intervals
  double confidence = 0.95;    ///< level of the bootstrap intervals
};

/// The search for biases in pairs of badly predicted images.
struct BiasConfig {
  std::int64_t worst = 3;    ///< images per class, those whose own class has the lowest probability
  std::int64_t target = -1;  ///< class whose evidence is searched in images of other classes; -1 = every class
  /// Odd images are called a bias only if more than this share of a class's images is predicted as another class.
  double prevalence = 0.1;
};

/// How classifier heads are trained and models are fine-tuned.
struct TrainConfig {
  std::string images;  ///< folder or CSV of labelled images
  std::string val;     ///< folder or CSV of labelled validation images; empty = none
  TrainedLayers layers = TrainedLayers::head;
  std::int64_t last_blocks = 0;  ///< number of trained blocks, for TrainedLayers::last
  std::int64_t epochs = 1;
  std::int64_t batch = 32;       ///< images per step, over all ranks
  double learning_rate = 0.001;  ///< the highest one of the schedule
  Optimizer optimizer = Optimizer::sgd;
  std::int64_t warmup_epochs = 0;  ///< epochs in which the learning rate rises from 0
  bool augment = true;             ///< random resized crops and flips
  double min_scale = 0.35;         ///< smallest area of a random crop / area of the image
  /// Training ends when more than this number of epochs in a row bring no better validation accuracy; 0 = never.
  std::int64_t patience = 0;
  std::int64_t checkpoint_steps = 50;  ///< steps between checkpoints
  double weight_decay = 1e-3;          ///< lambda of the penalty lambda / 2 |W|^2
  double label_smoothing = 0.0;        ///< share of the target probability that is spread over all classes
  bool synchronised_norms = false;     ///< batch norms use the statistics of the whole batch over all ranks
};

/// How pictures are packed into tar archives.
struct PackConfig {
  std::int64_t shard_size = 1'000'000'000;  ///< most bytes of pictures in an archive
  std::int64_t resize = 0;                  ///< longest short side of a picture in pixels; 0 = as they are
};

/// The settings of a job: the values of all options, checked. A stage that needs other values changes a copy. The
/// options (options.cpp and the other *_options.cpp) define defaults, units and help texts. A setting without a comment
/// is described by the help text of its option.
struct JobConfig {
  std::string output;      ///< the run's folder
  std::uint64_t seed = 1;  ///< of the methods' random numbers
  /// The given values of the parameters of methods and metrics as text, by option, such as kernelshap.samples -> 350.
  /// The method or metric defines default and meaning (see parameters.hpp).
  std::map<std::string, std::string> parameters;
  ModelsConfig models;
  ImagesConfig images;
  ExplainConfig explain;
  ComputeConfig compute;
  SupervisionConfig supervision;
  RepresentConfig represent;
  CompareConfig compare;
  ClusterConfig cluster;
  PlanConfig plan;
  ReportConfig report;
  MosaicsConfig mosaics;
  FocusConfig focus;
  BiasConfig bias;
  TrainConfig train;
  PackConfig pack;
};

}  // namespace sightline::job

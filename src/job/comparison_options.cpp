#include "job/comparison_options.hpp"

#include <limits>

#include "job/setters.hpp"

namespace sightline::job {
namespace {

constexpr std::int64_t many = 1'000'000'000;

std::vector<Option> metric_options() {
  return {
      {"compare.across", "models|methods|depths", "models",
       "models: every pair of models, for each method; methods: every pair of methods, for each model; depths: every "
       "layer of a model with every layer of another, for methods that are named with several layers "
       "(gradcam@0.5,gradcam@1)",
       Topic::compare,
       set_choice<Across, Across>(
           {&JobConfig::compare, &CompareConfig::across},
           {{"models", Across::models}, {"methods", Across::methods}, {"depths", Across::depths}})},
      {"compare.explanations", "FOLDER", "",
       "folder with the explanations.h5 of another run, if it is not in --output; 'run' then explains nothing",
       Topic::stored_explanations, set_text({&JobConfig::compare, &CompareConfig::explanations})},
      {"compare.metrics", "NAMES", "cosine,rbf", "similarity metrics, comma separated", Topic::compare,
       set_list({&JobConfig::compare, &CompareConfig::metrics})},
      {"compare.behaviour", "NAMES", "",
       "also compare what the models predict: agreement (the same class), errors (both right or both wrong), "
       "jensenshannon (probabilities) and logits (rank correlation), comma separated; the last two need --store-logits "
       "all",
       Topic::compare, set_list({&JobConfig::compare, &CompareConfig::behaviour})},
      {"compare.size", "PIXELS", "224",
       "side of the square grid of pixels on which maps are compared; ssim needs at least 7, emd at least "
       "--compare.emd-grid",
       Topic::compare, set_integer({&JobConfig::compare, &CompareConfig::size}, 2, 4096)},
      {"compare.grid", "CELLS", "0",
       "average maps over a grid of so many cells per side before they are compared, so that maps of 7 x 7 and of 14 x "
       "14 cells are equally fine; coarser ones stay as they are; 0 = do not",
       Topic::compare, set_integer({&JobConfig::compare, &CompareConfig::grid}, 0, 4096)},
      {"compare.clip", "PERCENT", "0.3",
       "pixel maps are clipped at this percentile and at 100 minus it before they are divided by their largest "
       "absolute value",
       Topic::compare, set_in_half_open_interval({&JobConfig::compare, &CompareConfig::clip_percent}, 0.0, 50.0)},
      {"compare.absolute", "on|off", "off", "signed maps (pixels, superpixels) are compared by their absolute values",
       Topic::compare,
       set_choice<bool, bool>({&JobConfig::compare, &CompareConfig::absolute}, {{"on", true}, {"off", false}})},
      {"blank", "count|exclude", "count",
       "count: an all-zero map has the similarity that the metric gives (0 for all metrics except rbf and ssim); "
       "exclude: it is left out of the pair's sums and of the pooled kappa",
       Topic::compare,
       set_choice<Blank, Blank>({&JobConfig::compare, &CompareConfig::blank},
                                {{"count", Blank::count}, {"exclude", Blank::exclude}})},
  };
}

std::vector<Option> statistics_options() {
  return {
      {"compare.resamples", "N", "10000", "bootstrap resamples of the images for intervals and tests; 0 = none",
       Topic::compare, set_integer({&JobConfig::compare, &CompareConfig::resamples}, 0, 1'000'000)},
      {"compare.confidence", "SHARE", "0.95", "confidence level of the bootstrap intervals", Topic::compare,
       set_in_open_interval({&JobConfig::compare, &CompareConfig::confidence}, 0.0, 1.0)},
      {"compare.counts", "N,...", "",
       "sizes of the random subsets of images that are compared with all images; default: the powers of two below the "
       "number of images",
       Topic::compare, set_integers({&JobConfig::compare, &CompareConfig::image_counts}, 1, many)},
      {"compare.subsets", "N", "25",
       "random subsets of each size of --compare.counts, and random splits into halves, which tell how well a matrix "
       "would come again; 0 = neither",
       Topic::compare, set_integer({&JobConfig::compare, &CompareConfig::subsets}, 0, 10'000)},
      {"compare.facts", "FILE", "",
       "a CSV with the column image and columns of numbers, such as the share of the picture that the object takes: "
       "does the disagreement of an image's maps go with them? (disagreement_correlation.csv)",
       Topic::compare, set_text({&JobConfig::compare, &CompareConfig::facts})},
      {"compare.wanted-error", "ERROR", "0.01",
       "mean absolute error of the dissimilarities for which the needed number of images is reported", Topic::compare,
       set_positive({&JobConfig::compare, &CompareConfig::wanted_error})},
      {"compare.permutations", "N", "9999", "permutations of the Mantel test between matrices; 0 = no test",
       Topic::compare, set_integer({&JobConfig::compare, &CompareConfig::permutations}, 0, 1'000'000)},
      {"compare.floor", "N", "19",
       "how often the maps of each two models are paired with each other's maps of other images, which gives the "
       "similarity of unrelated maps, and how likely it is above that by chance; 0 = not at all",
       Topic::compare, set_integer({&JobConfig::compare, &CompareConfig::floor_draws}, 0, 10'000)},
      {"compare.repeats", "FOLDER,...", "",
       "folders with the explanations.h5 of runs that explain the same images with the same models by another seed, "
       "other weights or --perturb: how alike a model's maps and their repetitions are is the ceiling of similarities",
       Topic::compare, set_list({&JobConfig::compare, &CompareConfig::repeats})},
      {"compare.floor-images", "N images", "128",
       "a random sample of so many images, or of all, is paired and compared with --compare.repeats", Topic::compare,
       set_integer({&JobConfig::compare, &CompareConfig::floor_images}, 2, 1'000'000)},
  };
}

std::vector<Option> represent_options() {
  return {
      {"represent.images", "N images", "1000",
       "a random sample of so many images, or of all, whose features before the classifier are compared; memory and "
       "time grow with the square and the cube",
       Topic::represent, set_integer({&JobConfig::represent, &RepresentConfig::images}, 4, 5'000)},
      {"represent.depths", "DEPTHS", "",
       "compare every depth of a model with every depth of another, such as 0.25,0.5,1: the mean over the places of "
       "the block at this share of the model's blocks; 1 = the layer that Grad-CAM explains; empty = the features "
       "before the classifier",
       Topic::represent, set_positives({&JobConfig::represent, &RepresentConfig::depths})},
      {"represent.neighbours", "K", "10",
       "neighbours: which share of an image's K nearest images do two models have in common?", Topic::represent,
       set_integer({&JobConfig::represent, &RepresentConfig::neighbours}, 1, 10'000)},
  };
}

std::vector<Option> cluster_options() {
  return {
      {"cluster.linkage", "METHODS", "average",
       "linkage methods, comma separated: single, complete, average, weighted, ward, as scipy defines them",
       Topic::cluster, set_list({&JobConfig::cluster, &ClusterConfig::linkages})},
      {"cluster.kind", "auto|similarity|dissimilarity", "auto",
       "what the numbers of a matrix are; auto: similarity if the file's name contains similarity (not dissimilarity) "
       "or kappa, otherwise dissimilarity",
       Topic::cluster,
       set_choice<MatrixKind, MatrixKind>({&JobConfig::cluster, &ClusterConfig::matrix_kind},
                                          {{"auto", MatrixKind::automatic},
                                           {"similarity", MatrixKind::similarity},
                                           {"dissimilarity", MatrixKind::dissimilarity}})},
      {"cluster.clusters", "K", "6", "trees are cut into 2 to K clusters", Topic::cluster,
       set_integer({&JobConfig::cluster, &ClusterConfig::max_clusters}, 2, 1000)},
      {"cluster.communities", "NAMES", "louvain,leiden", "community searches on the graph of 1 - dissimilarity",
       Topic::cluster, set_list({&JobConfig::cluster, &ClusterConfig::communities})},
      {"cluster.resolution", "GAMMA,...", "1", "resolution parameters of the communities' modularity, comma separated",
       Topic::cluster, set_positives({&JobConfig::cluster, &ClusterConfig::resolutions})},
      {"cluster.runs", "N", "200", "runs of each community search with different seeds; the best result is kept",
       Topic::cluster, set_integer({&JobConfig::cluster, &ClusterConfig::community_runs}, 1, 1'000'000)},
      {"cluster.resamples", "N", "1000",
       "bootstrap resamples of the images for the support of every split of a tree and the limits of group tests; 0 = "
       "none",
       Topic::cluster, set_integer({&JobConfig::cluster, &ClusterConfig::resamples}, 0, 1'000'000)},
      {"cluster.groups", "FILE", "",
       "CSV with the columns name and group: the groups that are tested; default: the models' kinds, cnn and "
       "transformer",
       Topic::cluster, set_text({&JobConfig::cluster, &ClusterConfig::groups})},
      {"cluster.permutations", "N", "9999",
       "random groups that the tests of groups compare with; all possible ones where there are no more", Topic::cluster,
       set_integer({&JobConfig::cluster, &ClusterConfig::permutations}, 1, 10'000'000)},
  };
}

std::vector<Option> report_options() {
  return {
      {"report.images", "N images", "8", "how many images the grids and the viewer show", Topic::report,
       set_integer({&JobConfig::report, &ReportConfig::images}, 1, 100)},
      {"report.python", "PROGRAM", "",
       "the Python that draws and exports; default: SIGHTLINE_PYTHON, else the one of setup/setup.sh, else python3",
       Topic::python, set_text({&JobConfig::report, &ReportConfig::python})},
      {"to", "npy|png|virelay", "",
       "npy: the comparison study's layout METHOD/MODEL/CLASS/IMAGE.npy; png: maps over photos; virelay: a project per "
       "model and method",
       Topic::export_format,
       set_choice<std::string, std::string>({&JobConfig::report, &ReportConfig::export_format},
                                            {{"npy", "npy"}, {"png", "png"}, {"virelay", "virelay"}})},
  };
}

}  // namespace

std::vector<Option> comparison_options() {
  std::vector<Option> all;
  for (const auto& part :
       {represent_options(), metric_options(), statistics_options(), cluster_options(), report_options()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace sightline::job

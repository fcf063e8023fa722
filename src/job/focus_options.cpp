#include "job/focus_options.hpp"

#include "job/setters.hpp"

namespace sightline::job {
namespace {

using base::usage_error;

/// Sets the grid of mosaics from a text ROWSxCOLUMNS.
void set_grid(JobConfig& job, const std::string& value) {
  const auto times = std::min(value.find('x'), value.size());
  const auto rows = base::parse_integer(value.substr(0, times)).value_or(0);
  const auto columns = base::parse_integer(value.substr(std::min(times + 1, value.size()))).value_or(0);
  constexpr int most = 8;
  if (rows < 1 || columns < 1 || rows > most || columns > most || rows * columns < 2) {
    throw usage_error("'{}' is not ROWSxCOLUMNS with at least 2 tiles and at most {} per side, such as 2x2", value,
                      most);
  }
  job.mosaics.rows = rows;
  job.mosaics.columns = columns;
}

}  // namespace

std::vector<Option> focus_options() {
  return {
      {"mosaics.file", "CSV", "", "the mosaics.csv of an earlier run; default: mosaics are drawn", Topic::mosaics,
       set_text({&JobConfig::mosaics, &MosaicsConfig::file})},
      {"mosaics.grid", "ROWSxCOLUMNS", "2x2", "rows and columns of tiles in a mosaic", Topic::mosaics, set_grid},
      {"mosaics.targets", "N tiles", "2", "tiles of the target class in a mosaic; the other tiles are of other classes",
       Topic::mosaics, set_integer({&JobConfig::mosaics, &MosaicsConfig::targets}, 1, 63)},
      {"mosaics.layout", "tiles|patches", "tiles",
       "tiles: each tile shows a whole photo; patches: a mixture of two photos, one of the target class and one of "
       "another class, of which each tile shows its part of one",
       Topic::mosaics,
       set_choice<bool, bool>({&JobConfig::mosaics, &MosaicsConfig::patches}, {{"tiles", false}, {"patches", true}})},
      {"mosaics.per-class", "N mosaics", "100", "mosaics that are drawn for each target class", Topic::mosaics,
       set_integer({&JobConfig::mosaics, &MosaicsConfig::per_class}, 1, 1'000'000)},
      {"mosaics.arrangement", "random|all", "random",
       "positions of the tiles of the target class; all: every draw in all arrangements (the position test)",
       Topic::mosaics,
       set_choice<bool, bool>({&JobConfig::mosaics, &MosaicsConfig::all_arrangements},
                              {{"random", false}, {"all", true}})},
      {"mosaics.small-classes", "fail|skip", "fail",
       "fail: a class with too few images ends the run; skip: it is left out", Topic::mosaics,
       set_choice<bool, bool>({&JobConfig::mosaics, &MosaicsConfig::skip_small_classes},
                              {{"fail", false}, {"skip", true}})},
      {"focus.maps", "on|off", "off", "store every map too, for pictures and export; without them focus.h5 is small",
       Topic::focus, set_choice<bool, bool>({&JobConfig::focus, &FocusConfig::maps}, {{"on", true}, {"off", false}})},
      {"focus.ood", "on|off", "off",
       "are mosaics out of distribution for a model? Compares their features with those of the plain photos: "
       "tables/focus_ood*.csv",
       Topic::focus, set_choice<bool, bool>({&JobConfig::focus, &FocusConfig::ood}, {{"on", true}, {"off", false}})},
      {"focus.metrics", "NAMES", "", "quality metrics of the maps besides Focus, comma separated", Topic::focus,
       set_list({&JobConfig::focus, &FocusConfig::metrics})},
      {"focus.steps", "N", "16",
       "steps of a deletion or insertion curve, which has one point more; random sets of each size for sensitivity_n",
       Topic::focus, set_integer({&JobConfig::focus, &FocusConfig::steps}, 2, 100'000)},
      {"focus.resamples", "N", "10000", "bootstrap resamples of the mosaics for the intervals; 0 = none",
       Topic::score_intervals, set_integer({&JobConfig::focus, &FocusConfig::resamples}, 0, 1'000'000)},
      {"focus.confidence", "SHARE", "0.95", "confidence level of the bootstrap intervals", Topic::score_intervals,
       set_in_open_interval({&JobConfig::focus, &FocusConfig::confidence}, 0.0, 1.0)},
      {"bias.worst", "N images", "3", "worst images of each class: those whose own class has the lowest probability",
       Topic::bias, set_integer({&JobConfig::bias, &BiasConfig::worst}, 1, 1000)},
      {"bias.target", "CLASS", "-1",
       "index of the class for which evidence is searched in images of other classes; -1 = every class", Topic::bias,
       set_integer({&JobConfig::bias, &BiasConfig::target}, -1, 1'000'000)},
      {"bias.prevalence", "SHARE", "0.1",
       "odd images are called a bias only if more than this share of a class's images is predicted as another class",
       Topic::bias, set_in_half_open_interval({&JobConfig::bias, &BiasConfig::prevalence}, 0.0, 1.0)},
      {"plan.stage", "attribute|focus|compare", "attribute",
       "what is planned: the explanation of the images (attribute) or of mosaics of them (focus), or the comparison of "
       "the maps in the output folder (compare)",
       Topic::plan,
       set_choice<PlanStage, PlanStage>(
           {&JobConfig::plan, &PlanConfig::stage},
           {{"attribute", PlanStage::attribute}, {"focus", PlanStage::focus}, {"compare", PlanStage::compare}})},
  };
}

}  // namespace sightline::job

#include "job/focus_options.hpp"

#include "job/setters.hpp"

namespace sightline::job {
namespace {

using base::usage_error;

/// ROWSxCOLUMNS
void set_grid(JobConfig& job, const std::string& value) {
  const auto times = std::min(value.find('x'), value.size());
  const auto rows = base::parse_integer(value.substr(0, times)).value_or(0);
  const auto columns = base::parse_integer(value.substr(std::min(times + 1, value.size()))).value_or(0);
  constexpr int most = 8;
  if (rows < 1 || columns < 1 || rows > most || columns > most || rows * columns < 2) {
    throw usage_error("'{}' is not ROWSxCOLUMNS with at least 2 tiles and at most {} a side, such as 2x2", value, most);
  }
  job.mosaics.rows = rows;
  job.mosaics.columns = columns;
}

}  // namespace

std::vector<Option> focus_options() {
  return {
      {"mosaics.file", "CSV", "", "mosaics that were written before (mosaics.csv); otherwise they are drawn",
       Topic::mosaics, set_text({&JobConfig::mosaics, &MosaicsConfig::file})},
      {"mosaics.grid", "ROWSxCOLUMNS", "2x2", "tiles of a mosaic", Topic::mosaics, set_grid},
      {"mosaics.targets", "N tiles", "2", "of the target class; the others are of other classes", Topic::mosaics,
       set_integer({&JobConfig::mosaics, &MosaicsConfig::targets}, 1, 63)},
      {"mosaics.layout", "tiles|patches", "tiles",
       "tiles: a photo in each; patches: a mixture, every tile shows its part of a photo of the target class or of one "
       "of "
       "another class",
       Topic::mosaics,
       set_choice<bool, bool>({&JobConfig::mosaics, &MosaicsConfig::patches}, {{"tiles", false}, {"patches", true}})},
      {"mosaics.per-class", "N mosaics", "100", "drawn for each class", Topic::mosaics,
       set_integer({&JobConfig::mosaics, &MosaicsConfig::per_class}, 1, 1'000'000)},
      {"mosaics.arrangement", "random|all", "random",
       "where the target's tiles are: at random, or each draw in every arrangement (the position test)", Topic::mosaics,
       set_choice<bool, bool>({&JobConfig::mosaics, &MosaicsConfig::all_arrangements},
                              {{"random", false}, {"all", true}})},
      {"mosaics.small-classes", "fail|skip", "fail", "what becomes of a class with too few images", Topic::mosaics,
       set_choice<bool, bool>({&JobConfig::mosaics, &MosaicsConfig::skip_small_classes},
                              {{"fail", false}, {"skip", true}})},
      {"focus.maps", "on|off", "off", "store every map too, for pictures and export; without them focus.h5 is small",
       Topic::focus, set_choice<bool, bool>({&JobConfig::focus, &FocusConfig::maps}, {{"on", true}, {"off", false}})},
      {"focus.ood", "on|off", "off",
       "are mosaics fair to a model? Compares their features with those of the plain photos: tables/focus_ood*.csv",
       Topic::focus, set_choice<bool, bool>({&JobConfig::focus, &FocusConfig::ood}, {{"on", true}, {"off", false}})},
      {"focus.metrics", "NAMES", "", "quality metrics that maps are judged by besides Focus, comma separated",
       Topic::focus, set_list({&JobConfig::focus, &FocusConfig::metrics})},
      {"focus.steps", "N", "16", "pictures along a curve of deletion and insertion; sets of each size of sensitivity_n",
       Topic::focus, set_integer({&JobConfig::focus, &FocusConfig::steps}, 2, 100'000)},
      {"focus.resamples", "N", "10000", "bootstrap resamples of the mosaics for the intervals; 0 = none",
       Topic::score_intervals, set_integer({&JobConfig::focus, &FocusConfig::resamples}, 0, 1'000'000)},
      {"focus.confidence", "SHARE", "0.95", "of the bootstrap intervals", Topic::score_intervals,
       set_in_open_interval({&JobConfig::focus, &FocusConfig::confidence}, 0.0, 1.0)},
      {"bias.worst", "N images", "3", "of each class, those whose own class has the least probability", Topic::bias,
       set_integer({&JobConfig::bias, &BiasConfig::worst}, 1, 1000)},
      {"bias.target", "CLASS", "-1",
       "index of the class whose evidence is looked for on other classes' images; -1 = every class", Topic::bias,
       set_integer({&JobConfig::bias, &BiasConfig::target}, -1, 1'000'000)},
      {"bias.prevalence", "SHARE", "0.1",
       "of a class's images that are taken for another class, from which on odd images are called a bias", Topic::bias,
       set_in_half_open_interval({&JobConfig::bias, &BiasConfig::prevalence}, 0.0, 1.0)},
      {"plan.stage", "attribute|focus", "attribute", "what is planned: the images, or mosaics of them", Topic::plan,
       set_choice<bool, bool>({&JobConfig::plan, &PlanConfig::focus}, {{"attribute", false}, {"focus", true}})},
  };
}

}  // namespace sightline::job

#include "focus/mosaic.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/shuffle.hpp"
#include "base/text.hpp"

namespace sightline::focus {
namespace {

/// Draws the images of a class in random order, each of them once before any is drawn again. An image that must not be
/// drawn yet keeps its place in the queue.
class ImageQueue {
 public:
  ImageQueue(std::vector<std::size_t> images, int class_index, std::uint64_t seed)
      : images_(std::move(images)), stream_(fmt::format("mosaics.images:{}", class_index), seed) {}

  /// Draws the next image that is not in `taken`. At least one image of the class must not be in it.
  std::size_t draw(const std::set<std::size_t>& taken) {
    for (;;) {
      const auto next =
          std::find_if(queue_.begin(), queue_.end(), [&](std::size_t image) { return taken.count(image) == 0; });
      if (next != queue_.end()) {
        const auto image = *next;
        queue_.erase(next);
        return image;
      }
      append_all_shuffled();
    }
  }

 private:
  void append_all_shuffled() {
    auto order = images_;
    base::shuffle(order, stream_, drawn_);
    queue_.insert(queue_.end(), order.begin(), order.end());
  }

  std::vector<std::size_t> images_;
  base::NumberStream stream_;
  std::uint64_t drawn_ = 0;  ///< random numbers so far
  std::vector<std::size_t> queue_;
};

constexpr std::uint64_t max_arrangements = 10'000;

/// The binomial coefficient `of` over `count`.
std::uint64_t choose(std::uint64_t of, std::uint64_t count) {
  std::uint64_t ways = 1;
  for (std::uint64_t i = 1; i <= count; ++i) {
    __extension__ using Wide = unsigned __int128;
    ways = static_cast<std::uint64_t>(static_cast<Wide>(ways) * (of - count + i) / i);
  }
  return ways;
}

/// The arrangement `number` of the choose(tiles, targets) arrangements of `targets` target tiles among `tiles` tiles:
/// for each tile, whether it is a target tile. They are in lexicographic order, in which a target tile precedes another
/// one.
std::vector<bool> arrangement(std::uint64_t number, int tiles, int targets) {
  std::vector<bool> chosen;
  for (auto left = static_cast<std::uint64_t>(targets); chosen.size() < static_cast<std::size_t>(tiles);) {
    const auto tiles_after = static_cast<std::uint64_t>(tiles) - chosen.size() - 1;
    const auto with_this = left == 0 ? 0 : choose(tiles_after, left - 1);
    chosen.push_back(number < with_this);
    number -= chosen.back() ? 0 : with_this;
    left -= chosen.back() ? 1 : 0;
  }
  return chosen;
}

/// Draws a set of mosaics: see draw_mosaics.
class MosaicSampler {
 public:
  MosaicSampler(const images::ImageList& list, const MosaicSettings& settings)
      : list_(list),
        settings_(settings),
        tiles_(settings.rows * settings.columns),
        targets_(settings.layout == Layout::patches ? 1 : settings.targets),
        others_(settings.layout == Layout::patches ? 1 : tiles_ - settings.targets),
        arrangements_(choose(static_cast<std::uint64_t>(tiles_), static_cast<std::uint64_t>(settings.targets))) {
    if (settings.all_arrangements && arrangements_ > max_arrangements) {
      throw base::usage_error(
          "mosaics.arrangement: all: {} target tiles among {} have {} arrangements, at most {} can be drawn",
          settings.targets, tiles_, arrangements_, max_arrangements);
    }
    std::map<int, std::vector<std::size_t>> by_class;
    for (std::size_t i = 0; i < list.entries.size(); ++i) {
      if (list.entries[i].label >= 0) {
        by_class[list.entries[i].label].push_back(i);
      }
    }
    for (auto& [label, images] : by_class) {
      classes_.push_back(label);
      sizes_[label] = images.size();
      queues_.emplace(label, ImageQueue(std::move(images), label, settings.seed));
    }
    if (classes_.size() < 2) {
      throw base::input_error("images: {}: mosaics need labelled images of at least two classes, there {} {}",
                              list.source.root().string(), classes_.size() == 1 ? "is" : "are", classes_.size());
    }
  }

  MosaicSet draw() {
    MosaicSet set{list_.source, settings_.rows, settings_.columns, {}, {}, settings_.layout};
    for (const auto label : classes_) {
      const auto shortage = shortage_of(label);
      if (shortage.empty()) {
        draw_class(label, set);
      } else if (settings_.skip_small) {
        set.left_out.push_back(shortage);
      } else {
        throw base::input_error("images: {} (--mosaics.small-classes skip leaves such classes out)", shortage);
      }
    }
    if (set.mosaics.empty()) {
      throw base::input_error("images: {}: no class has enough images for a mosaic", list_.source.root().string());
    }
    return set;
  }

 private:
  /// A phrase that says which images are missing for a mosaic of this class; empty if there are enough.
  std::string shortage_of(int label) const {
    if (sizes_.at(label) < static_cast<std::size_t>(targets_)) {
      return fmt::format("class {} has {} image(s), and a mosaic needs {} of its target class", label, sizes_.at(label),
                         targets_);
    }
    std::size_t elsewhere = 0;  // images of other classes
    for (const auto& [other, size] : sizes_) {
      elsewhere += other == label ? 0 : size;
    }
    if (elsewhere < static_cast<std::size_t>(others_)) {
      return fmt::format("class {}: there are {} image(s) of other classes, and a mosaic needs {}", label, elsewhere,
                         others_);
    }
    return {};
  }

  void draw_class(int label, MosaicSet& set) {
    const base::NumberStream choices(fmt::format("mosaics.others:{}", label), settings_.seed);
    const base::NumberStream positions(fmt::format("mosaics.positions:{}", label), settings_.seed);
    std::uint64_t drawn = 0;
    for (int number = 0; number < settings_.per_class; ++number) {
      std::set<std::size_t> taken;
      std::vector<std::size_t> targets;
      for (int i = 0; i < targets_; ++i) {
        targets.push_back(queues_.at(label).draw(taken));
        taken.insert(targets.back());
      }
      const auto others = draw_others(label, choices, drawn, taken);
      const auto name = fmt::format("{}-{:04}", label, number);
      if (settings_.all_arrangements) {
        for (std::uint64_t which = 0; which < arrangements_; ++which) {
          auto mosaic = arrange(name, label, which, targets, others);
          mosaic.name = fmt::format("{}-{}", name, mosaic.arrangement());
          set.mosaics.push_back(std::move(mosaic));
        }
      } else {
        const auto which = positions.below(arrangements_, static_cast<std::uint64_t>(number));
        set.mosaics.push_back(arrange(name, label, which, targets, others));
      }
    }
  }

  /// Draws the images for the tiles of other classes, from the classes that are used least so far. drawn: number of
  /// random choices so far for this target class; taken: images of the draw.
  std::vector<std::size_t> draw_others(int label, const base::NumberStream& choices, std::uint64_t& drawn,
                                       std::set<std::size_t>& taken) {
    std::vector<std::size_t> others;
    std::map<int, std::size_t> used;
    for (int i = 0; i < others_; ++i) {
      // The classes that are used least and still have an image.
      std::vector<int> candidates;
      for (const auto other : classes_) {
        const auto left = sizes_.at(other) - used[other];
        if (other == label || left == 0) {
          continue;
        }
        if (!candidates.empty() && used[other] > used[candidates.front()]) {
          continue;
        }
        if (!candidates.empty() && used[other] < used[candidates.front()]) {
          candidates.clear();
        }
        candidates.push_back(other);
      }
      const auto chosen = candidates[choices.below(candidates.size(), drawn++)];
      ++used[chosen];
      others.push_back(queues_.at(chosen).draw(taken));
      taken.insert(others.back());
    }
    return others;
  }

  /// The mosaic with the arrangement `which` of these images.
  Mosaic arrange(const std::string& name, int label, std::uint64_t which, const std::vector<std::size_t>& targets,
                 const std::vector<std::size_t>& others) const {
    Mosaic mosaic{name, label, {}, {}};
    std::size_t target = 0;
    std::size_t other = 0;
    for (const bool is_target : arrangement(which, tiles_, settings_.targets)) {
      const auto image = is_target ? targets[target++ % targets.size()] : others[other++ % others.size()];
      const auto& entry = list_.entries[image];
      mosaic.paths.push_back(entry.path);
      mosaic.classes.push_back(entry.label);
    }
    return mosaic;
  }

  const images::ImageList& list_;
  const MosaicSettings& settings_;
  int tiles_;                         ///< per mosaic
  int targets_;                       ///< images of the target class per draw
  int others_;                        ///< images of other classes per draw
  std::uint64_t arrangements_;        ///< number of possible arrangements
  std::vector<int> classes_;          ///< ascending
  std::map<int, std::size_t> sizes_;  ///< number of images by class
  std::map<int, ImageQueue> queues_;  ///< by class
};

/// Where the part `part` of an axis begins that is divided into `parts` parts: floor(size part / parts).
std::size_t border(int size, std::size_t part, int parts) {
  return static_cast<std::size_t>(size) * part / static_cast<std::size_t>(parts);
}

/// Composes a mosaic: each tile shows its transformed image, or the part of it at the tile's position.
images::Image compose(const MosaicSet& set, const Mosaic& mosaic, const images::Recipe& recipe) {
  const bool patches = set.layout == Layout::patches;
  const auto columns = static_cast<std::size_t>(set.columns);
  images::Image whole{set.image_columns() * recipe.size, set.image_rows() * recipe.size, {}};
  const auto line = std::size_t{3} * static_cast<std::size_t>(whole.width);
  whole.rgb.resize(line * static_cast<std::size_t>(whole.height));
  std::map<std::string, images::Image> pictures;
  for (std::size_t tile = 0; tile < mosaic.paths.size(); ++tile) {
    const auto& path = mosaic.paths[tile];
    if (pictures.count(path) == 0) {
      pictures[path] = images::apply(recipe, set.source.read(path, recipe.draft_side()));
    }
    const auto top = border(whole.height, tile / columns, set.rows);
    const auto bottom = border(whole.height, tile / columns + 1, set.rows);
    const auto left = border(whole.width, tile % columns, set.columns);
    const auto right = border(whole.width, tile % columns + 1, set.columns);
    for (auto y = top; y < bottom; ++y) {
      const auto from_row = patches ? y : y - top;
      const auto from_column = patches ? left : 0;
      const auto* from =
          pictures[path].rgb.data() + 3 * (from_row * static_cast<std::size_t>(recipe.size) + from_column);
      std::copy_n(from, 3 * (right - left), whole.rgb.data() + y * line + 3 * left);
    }
  }
  return whole;
}

int whole_number(const std::string& text, const std::string& where, int minimum) {
  const auto number = base::parse_integer(base::trim(text));
  if (!number || *number < minimum || *number > 1'000'000) {
    throw base::input_error("{}: '{}' is not a whole number of at least {}", where, text, minimum);
  }
  return static_cast<int>(*number);
}

/// The positions of the columns in mosaics.csv.
struct MosaicColumns {
  static constexpr std::size_t layout = 4;  ///< position of the column `layout`, if there is one
  bool patches = false;                     ///< whether there is that column
  std::size_t first_tile = layout;          ///< position of the column `path_1`
};

/// Reads the header. Throws base::Error(input) if it is not one of mosaics.csv or there is no mosaic.
MosaicColumns columns_of(const std::vector<base::CsvRow>& rows, const std::string& name) {
  MosaicColumns columns;
  columns.patches =
      !rows.empty() && rows[0].size() > MosaicColumns::layout && rows[0][MosaicColumns::layout] == "layout";
  columns.first_tile = MosaicColumns::layout + (columns.patches ? 1 : 0);
  if (rows.size() < 2 || rows[0].size() < columns.first_tile + 4 || rows[0][0] != "mosaic") {
    throw base::input_error(
        "{}: the first line must be mosaic,target,rows,columns,path_1,class_1,..., and each line after it must be a "
        "mosaic",
        name);
  }
  return columns;
}

/// Takes the set's rows and columns from its first record. Throws base::Error(input) if another record does not agree.
void check_shape(const base::CsvRow& row, const MosaicColumns& columns, const std::string& where, MosaicSet& set) {
  const auto height = whole_number(row[2], where, 1);
  const auto width = whole_number(row[3], where, 1);
  set.rows = set.mosaics.empty() ? height : set.rows;
  set.columns = set.mosaics.empty() ? width : set.columns;
  if (height != set.rows || width != set.columns ||
      row.size() != columns.first_tile + 2 * static_cast<std::size_t>(height) * static_cast<std::size_t>(width)) {
    throw base::input_error("{}: {} x {} tiles do not match the other records or the number of columns", where, height,
                            width);
  }
  if (columns.patches && row[MosaicColumns::layout] != "patches") {
    throw base::input_error("{}: the layout '{}' is not known; the only value is patches", where,
                            row[MosaicColumns::layout]);
  }
}

Mosaic read_mosaic(const base::CsvRow& row, const MosaicColumns& columns, const std::string& where) {
  if (!base::is_file_name(row[0])) {  // it becomes the name of a PNG file
    throw base::input_error(
        "{}: the mosaic name '{}' is not a file name: it needs 1 to 200 bytes of UTF-8, has no '/' "
        "and no control characters, and does not begin with a dot",
        where, row[0]);
  }
  Mosaic mosaic{row[0], whole_number(row[1], where, 0), {}, {}};
  for (std::size_t field = columns.first_tile; field < row.size(); field += 2) {
    mosaic.paths.push_back(row[field]);
    mosaic.classes.push_back(whole_number(row[field + 1], where, 0));
  }
  const auto targets = std::count(mosaic.classes.begin(), mosaic.classes.end(), mosaic.target);
  if (targets == 0 || targets == static_cast<std::ptrdiff_t>(mosaic.classes.size())) {
    throw base::input_error(
        "{}: {} tile shows the target class {}; a mosaic needs tiles of the target class and others", where,
        targets == 0 ? "no" : "every", mosaic.target);
  }
  return mosaic;
}

}  // namespace

std::vector<bool> Mosaic::is_target() const {
  std::vector<bool> tiles;
  for (const auto label : classes) {
    tiles.push_back(label == target);
  }
  return tiles;
}

std::string Mosaic::arrangement() const {
  std::string text;
  for (const auto label : classes) {
    text += label == target ? 'T' : 'o';
  }
  return text;
}

MosaicSet draw_mosaics(const images::ImageList& list, const MosaicSettings& settings) {
  const auto tiles = settings.rows * settings.columns;
  if (settings.targets < 1 || settings.targets >= tiles) {
    throw base::usage_error("mosaics.targets: {} of {} tiles: a mosaic needs tiles of the target class and others",
                            settings.targets, tiles);
  }
  return MosaicSampler(list, settings).draw();
}

std::string mosaics_csv(const MosaicSet& set) {
  base::CsvRow header{"mosaic", "target", "rows", "columns"};
  const bool patches = set.layout == Layout::patches;
  if (patches) {
    header.emplace_back("layout");
  }
  for (int tile = 1; tile <= set.rows * set.columns; ++tile) {
    header.push_back(fmt::format("path_{}", tile));
    header.push_back(fmt::format("class_{}", tile));
  }
  auto text = base::csv_line(header) + "\n";
  for (const auto& mosaic : set.mosaics) {
    base::CsvRow row{mosaic.name, std::to_string(mosaic.target), std::to_string(set.rows), std::to_string(set.columns)};
    if (patches) {
      row.emplace_back("patches");
    }
    for (std::size_t tile = 0; tile < mosaic.paths.size(); ++tile) {
      row.push_back(mosaic.paths[tile]);
      row.push_back(std::to_string(mosaic.classes[tile]));
    }
    text += base::csv_line(row) + "\n";
  }
  return text;
}

MosaicSet parse_mosaics(const std::string& csv, const std::string& name, const images::PictureSource& source) {
  const auto rows = base::parse_csv(csv, name);
  const auto columns = columns_of(rows, name);
  MosaicSet set{source, 0, 0, {}, {}, columns.patches ? Layout::patches : Layout::tiles};
  std::set<std::string> names;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto where = fmt::format("{}: record {}", name, i);
    if (rows[i].size() != rows[0].size()) {
      throw base::input_error("{}: has {} fields, the first line has {}", where, rows[i].size(), rows[0].size());
    }
    check_shape(rows[i], columns, where, set);
    set.mosaics.push_back(read_mosaic(rows[i], columns, where));
    if (!names.insert(set.mosaics.back().name).second) {
      throw base::input_error("{}: an earlier record has the same mosaic name '{}'", where, set.mosaics.back().name);
    }
  }
  return set;
}

std::vector<std::vector<std::size_t>> group_by_draw(const MosaicSet& set) {
  std::vector<std::vector<std::size_t>> all;
  std::map<std::pair<int, std::vector<std::string>>, std::size_t> number;
  for (std::size_t i = 0; i < set.mosaics.size(); ++i) {
    auto paths = set.mosaics[i].paths;
    std::sort(paths.begin(), paths.end());
    const auto [found, is_new] = number.try_emplace({set.mosaics[i].target, std::move(paths)}, all.size());
    if (is_new) {
      all.emplace_back();
    }
    all[found->second].push_back(i);
  }
  return all;
}

images::ImageList as_images(const MosaicSet& set) {
  images::ImageList list{set.source, {}};
  for (const auto& mosaic : set.mosaics) {
    list.entries.push_back({mosaic.name, mosaic.target});
  }
  list.tile_rows = set.image_rows();
  list.tile_columns = set.image_columns();
  list.compose = [&set](std::size_t index, const images::Recipe& recipe) {
    return compose(set, set.mosaics[index], recipe);
  };
  return list;
}

}  // namespace sightline::focus

#include "stages/cluster/cluster_resamples.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "comparison/pair_statistics.hpp"
#include "stages/run/pair_shares.hpp"
#include "statistics/bootstrap.hpp"
#include "store/hdf5.hpp"

namespace sightline::stages {
namespace {

/// A square matrix, row-major, for each row of `pairs` (replicates x pairs).
std::vector<std::vector<double>> squares(const Eigen::MatrixXd& pairs, std::size_t models) {
  std::vector<std::vector<double>> all;
  for (Eigen::Index r = 0; r < pairs.rows(); ++r) {
    std::vector<double> matrix(models * models);
    for (std::size_t a = 0; a < models; ++a) {
      for (std::size_t b = a; b < models; ++b) {
        matrix[a * models + b] = matrix[b * models + a] =
            pairs(r, static_cast<Eigen::Index>(comparison::pair_index(a, b, models)));
      }
    }
    all.push_back(std::move(matrix));
  }
  return all;
}

/// The similarities of each image for consecutive pairs of models.
class Similarities {
 public:
  Similarities(const SimilarityPlace& place, std::size_t models)
      : place_(place), models_(models), file_(store::File::open_to_read(place.file)) {
    const auto dataset = per_image();
    if (dataset.extent().size() != 2 || dataset.rows() != comparison::pair_count(models)) {
      throw base::input_error("{}: is not a table of {} pairs x images; run 'sightline compare' again", name(),
                              comparison::pair_count(models));
    }
  }

  std::size_t images() const { return per_image().row_size(); }

  /// Those of the pairs from `first` on: count x images.
  std::vector<float> read(std::size_t first, std::size_t count) const {
    auto values = count > 0 ? per_image().read_rows<float>(first, count) : std::vector<float>();
    if (std::any_of(values.begin(), values.end(), [](float value) { return std::isinf(value); })) {
      throw base::input_error("{}: holds infinite similarities; run 'sightline compare' again", name());
    }
    if (place_.matching) {
      comparison::keep_matching(values, first, predictions());
    }
    return values;
  }

 private:
  store::Dataset per_image() const {
    return file_.dataset(fmt::format("/{}/{}/per_image", place_.method, place_.metric));
  }
  std::string name() const { return fmt::format("{}:/{}/{}/per_image", place_.file, place_.method, place_.metric); }

  /// The predictions of the models that the method has maps of, in the order of its matrices.
  std::vector<std::vector<std::int32_t>> predictions() const {
    const auto dataset = file_.dataset("/predictions");
    const auto rows = file_.dataset("/" + place_.method + "/prediction_rows").read<std::int64_t>();
    std::vector<std::vector<std::int32_t>> chosen;
    for (const auto row : rows) {
      if (rows.size() == models_ && dataset.row_size() == images() && row >= 0 &&
          static_cast<std::uint64_t>(row) < dataset.rows()) {
        chosen.push_back(dataset.read_rows<std::int32_t>(static_cast<std::uint64_t>(row), 1));
      }
    }
    if (chosen.size() != models_) {
      throw base::input_error(
          "{}: /predictions and /{}/prediction_rows do not tell the predictions of {} models for {} images; run "
          "'sightline compare' again",
          place_.file, place_.method, models_, images());
    }
    return chosen;
  }

  const SimilarityPlace& place_;
  std::size_t models_;
  store::File file_;
};

/// collective. The place of the root's similarities, on every rank.
SimilarityPlace share(const comm::Communicator& ranks, const SimilarityPlace& place) {
  return {ranks.broadcast(place.file), ranks.broadcast(place.method), ranks.broadcast(place.metric),
          ranks.broadcast(place.matching)};
}

}  // namespace

void add_resamples(const comm::Communicator& ranks, const job::JobConfig& config, std::vector<ClusterTable>& tables) {
  const auto count = ranks.broadcast(tables.size());
  const auto resamples = static_cast<std::size_t>(config.cluster.resamples);
  for (std::size_t i = 0; i < count && resamples > 0; ++i) {
    const ClusterTable table = ranks.is_root() ? tables[i] : ClusterTable();
    if (!ranks.broadcast(table.similarities.has_value())) {
      continue;
    }
    const auto place = share(ranks, table.similarities.value_or(SimilarityPlace()));
    const auto models = ranks.broadcast(table.matrix.names.size());
    const auto shares = share_pairs(static_cast<std::size_t>(ranks.size()), comparison::pair_count(models));
    const auto& own = shares[static_cast<std::size_t>(ranks.rank())];
    statistics::Resampled part;
    ranks.all_or_throw([&] {
      const Similarities similarities(place, models);
      const auto values = similarities.read(own.first, own.count);
      part = statistics::resample({values, own.count, similarities.images()}, resamples, config.seed);
    });
    const auto all = gather_replicates(ranks, part.dissimilarity, shares, resamples);
    if (ranks.is_root()) {
      tables[i].resampled = squares(all, models);
    }
  }
}

}  // namespace sightline::stages

#include "stages/explain/feature_store.hpp"

#include <algorithm>

#include <ATen/ops/empty.h>

#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace sightline::stages {

LabelledFeatures read_features(const std::filesystem::path& file, const std::string& model,
                               const images::ImageList& list) {
  if (list.entries.empty()) {
    return {};
  }
  const auto store = store::Explanations::open_to_read(file);
  const auto status = store.status(model, "");
  const auto labels = store.image_labels();
  const auto dataset = store.hdf5().dataset(store::schema::model_group(model) + "/" + store::schema::logits);
  const auto features = static_cast<std::int64_t>(dataset.row_size());
  std::vector<std::uint64_t> good;
  for (const auto row : store.rows_of(list.paths())) {
    if (status[row] != 0) {
      good.push_back(row);
    }
  }
  const auto images = static_cast<std::int64_t>(good.size());
  LabelledFeatures made{at::empty({images, features}), at::empty({images}, at::kLong)};
  for (std::size_t i = 0; i < good.size(); ++i) {
    const auto row = dataset.read_rows<float>(good[i], 1);
    std::copy(row.begin(), row.end(), made.values.mutable_data_ptr<float>() + i * row.size());
    made.labels.mutable_data_ptr<std::int64_t>()[i] = labels[good[i]];
  }
  return made;
}

}  // namespace sightline::stages

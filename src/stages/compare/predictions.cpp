#include "stages/compare/predictions.hpp"

#include <cstring>

#include "stages/compare/image_block.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {
namespace {

/// The predicted classes of a block of images, model by model.
std::vector<std::int32_t> read_block(const store::Explanations& store, const std::vector<std::string>& models,
                                     const ImageBlock& block) {
  std::vector<std::int32_t> classes;
  for (const auto& model : models) {
    for (std::uint64_t i = 0; i < block.count; ++i) {
      const auto record = store.good_prediction(model, block.first + i);
      classes.push_back(record ? record->prediction : -1);
    }
  }
  return classes;
}

}  // namespace

Predictions read_predictions(const comm::Communicator& ranks, const std::filesystem::path& file,
                             const std::vector<std::string>& models) {
  std::vector<std::int32_t> own;
  ranks.all_or_throw([&] {
    const auto store = store::Explanations::open_to_read(file);
    own = read_block(store, models, block_of(ranks, store.images()));
  });
  Predictions all(models.size());
  const auto blocks = ranks.gather({reinterpret_cast<const char*>(own.data()), own.size() * sizeof(std::int32_t)});
  for (const auto& bytes : blocks) {
    std::vector<std::int32_t> block(bytes.size() / sizeof(std::int32_t));
    std::memcpy(block.data(), bytes.data(), bytes.size());
    const auto count = static_cast<std::ptrdiff_t>(block.size() / models.size());
    for (std::size_t model = 0; model < models.size(); ++model) {
      const auto first = block.begin() + static_cast<std::ptrdiff_t>(model) * count;
      all[model].insert(all[model].end(), first, first + count);
    }
  }
  for (auto& classes : all) {
    classes = ranks.broadcast(std::move(classes));
  }
  return all;
}

}  // namespace sightline::stages

#include "store/layout.hpp"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/error.hpp"
#include "store/schema.hpp"

namespace sightline::store {
namespace {

/// The largest number of pixels per side that a store's model or label map may have; the largest models of timm take
/// 1024. It bounds what a damaged number can make a reader allocate.
constexpr std::int64_t largest_side = 8192;

/// Throws Error(input) unless `extent` has one of the numbers of dimensions, and no dimension but the first is 0.
void require_dimensions(const File& file, const std::string& path, const Extent& extent, std::size_t least,
                        std::size_t most, const char* meaning) {
  const bool empty_row = std::find(extent.begin() + (extent.empty() ? 0 : 1), extent.end(), 0U) != extent.end();
  if (extent.size() < least || extent.size() > most || empty_row) {
    throw base::input_error("{}:{}: has the shape ({}); it should be {}", file.path().string(), path,
                            fmt::join(extent, ", "), meaning);
  }
}

Extent row_of(const Extent& extent) {
  return {extent.begin() + 1, extent.end()};
}

void check_dataset(const File& file, const RowDataset& wanted, std::uint64_t images) {
  const auto dataset = file.dataset(wanted.path);
  Extent extent = {images};
  extent.insert(extent.end(), wanted.row.begin(), wanted.row.end());
  if (dataset.extent() != extent) {
    throw base::input_error("{}:{}: has the shape ({}); with {} images it should be ({})", file.path().string(),
                            wanted.path, fmt::join(dataset.extent(), ", "), images, fmt::join(extent, ", "));
  }
  if (!dataset.has_type(wanted.type)) {
    throw base::input_error("{}:{}: has another type of numbers than 'sightline attribute' writes there",
                            file.path().string(), wanted.path);
  }
}

void check_datasets(const File& file, const std::vector<RowDataset>& wanted, std::uint64_t images) {
  for (const auto& dataset : wanted) {
    check_dataset(file, dataset, images);
  }
}

/// The number of images, from the shapes of the list of images, which are checked.
std::uint64_t checked_images(const File& file) {
  const auto paths = file.dataset(schema::image_paths);
  require_dimensions(file, schema::image_paths, paths.extent(), 1, 1, "(images)");
  if (!paths.has_strings()) {
    throw base::input_error("{}:{}: should hold texts", file.path().string(), schema::image_paths);
  }
  check_dataset(file, {schema::image_labels, H5T_STD_I32LE, {}}, paths.rows());
  file.text_attribute(schema::images, schema::image_root);
  return paths.rows();
}

void check_model(const File& file, const ModelPlan& model) {
  if (model.input_size < 1 || model.input_size > largest_side || model.mean.size() != model.std.size() ||
      model.mean.empty()) {
    throw base::input_error("{}:{}: should have an input_size of 1 to {} and as many numbers in mean as in std",
                            file.path().string(), schema::model_group(model.name), largest_side);
  }
}

/// Throws Error(input) when the dimensions of the values do not fit the kind, or when label maps are missing.
void check_kind(const File& file, const ModelPlan& model, const MethodPlan& method,
                const std::vector<SuperpixelPlan>& superpixels) {
  const auto group = schema::method_group(model.name, method.name);
  const bool on_superpixels = method.kind == schema::kind_superpixels;
  if (method.shape.size() != (on_superpixels ? 1U : 2U)) {
    throw base::input_error("{}:{}/{}: has {} dimensions; maps of the kind '{}' have {}", file.path().string(), group,
                            schema::values, 1 + method.shape.size(), method.kind,
                            on_superpixels ? "(images, superpixels)" : "(images, rows, columns)");
  }
  const bool known = std::any_of(superpixels.begin(), superpixels.end(),
                                 [&](const SuperpixelPlan& plan) { return plan.key == method.superpixels; });
  if (on_superpixels && !known) {
    throw base::input_error("{}:{}: belongs to the superpixels '{}', which the file does not have",
                            file.path().string(), group, method.superpixels);
  }
}

/// Sets the number of classes of a stored model and which logits the file has of it.
void read_logits(const File& file, const std::string& group, ModelPlan& model) {
  const auto path = group + "/" + schema::logits;
  const bool has_classes = file.has_attribute(group, schema::classes);
  if (has_classes) {
    const auto classes = file.integer_attribute(group, schema::classes);
    if (classes < 1) {
      throw base::input_error("{}:{}: has {} classes; at least 1 is right", file.path().string(), group, classes);
    }
    model.classes = static_cast<std::uint64_t>(classes);
  }
  if (has_classes && !file.exists(path)) {
    model.top_logits = 0;
    return;
  }
  const auto logits = file.dataset(path).extent();
  require_dimensions(file, path, logits, 2, 2, "(images, classes)");
  if (has_classes && file.exists(group + "/" + schema::logit_classes)) {
    model.top_logits = logits[1];
  } else if (!has_classes) {
    model.classes = logits[1];
  }
  if (logits[1] > model.classes) {
    throw base::input_error("{}:{}: has {} logits of {} classes", file.path().string(), path, logits[1], model.classes);
  }
}

}  // namespace

std::vector<RowDataset> datasets_of(const ModelPlan& model) {
  const auto group = schema::model_group(model.name) + "/";
  const auto logits = model.top_logits.value_or(model.classes);
  std::vector<RowDataset> datasets = {{group + schema::prediction, H5T_STD_I32LE, {}},
                                      {group + schema::probability, H5T_IEEE_F32LE, {}},
                                      {group + schema::status, H5T_STD_U32LE, {}, true}};
  if (logits > 0) {
    datasets.push_back({group + schema::logits, H5T_IEEE_F32LE, {logits}});
  }
  if (logits > 0 && model.top_logits) {
    datasets.push_back({group + schema::logit_classes, H5T_STD_I32LE, {logits}});
  }
  return datasets;
}

std::vector<RowDataset> datasets_of(const ModelPlan& model, const MethodPlan& method) {
  const auto group = schema::method_group(model.name, method.name) + "/";
  std::vector<RowDataset> datasets = {
      {group + schema::values, method.half ? half_type() : H5T_IEEE_F32LE, method.shape},
      {group + schema::target, H5T_STD_I32LE, {}},
      {group + schema::status, H5T_STD_U32LE, {}, true}};
  if (method.half) {
    datasets.push_back({group + schema::scale, H5T_IEEE_F32LE, {}});
  }
  for (const auto& [name, shape] : method.details) {
    datasets.push_back({group + name, H5T_IEEE_F32LE, shape});
  }
  return datasets;
}

std::vector<RowDataset> datasets_of(const SuperpixelPlan& superpixels) {
  return {{schema::superpixel_maps(superpixels.key), H5T_STD_U16LE, superpixels.shape},
          {schema::superpixel_checksums(superpixels.key), H5T_STD_U32LE, {}, true}};
}

std::vector<std::string> stored_methods(const File& file, const std::string& model) {
  auto names = file.list(schema::model_group(model));
  std::erase_if(names, [&](const std::string& name) {
    return !file.exists(schema::method_group(model, name) + "/" + schema::values);
  });
  return names;
}

std::vector<std::string> stored_details(const File& file, const std::string& model, const std::string& method) {
  auto names = file.list(schema::method_group(model, method));
  std::erase_if(names, [](const std::string& name) {
    return name == schema::values || name == schema::scale || name == schema::target || name == schema::status;
  });
  return names;
}

ModelPlan stored_model(const File& file, const std::string& name) {
  const auto group = schema::model_group(name);
  ModelPlan model;
  model.name = name;
  for (const auto* fact :
       {schema::timm_id, schema::weights, schema::weights_sha256, schema::transforms, schema::precision}) {
    if (file.has_attribute(group, fact)) {
      model.attributes[fact] = file.text_attribute(group, fact);
    }
  }
  model.input_size = file.integer_attribute(group, schema::input_size);
  model.mean = file.numbers_attribute(group, schema::mean);
  model.std = file.numbers_attribute(group, schema::std);
  read_logits(file, group, model);
  for (const auto& method : stored_methods(file, name)) {
    const auto method_group = schema::method_group(name, method);
    MethodPlan planned{method, file.text_attribute(method_group, schema::kind), {}, {}};
    for (const auto& attribute : file.list_attributes(method_group)) {
      if (attribute == schema::superpixel_key) {
        planned.superpixels = file.text_attribute(method_group, attribute);
      } else if (attribute != schema::kind && attribute != schema::parameter_hash) {
        planned.parameters[attribute] = file.text_attribute(method_group, attribute);
      }
    }
    const auto values_path = method_group + "/" + schema::values;
    const auto values = file.dataset(values_path);
    require_dimensions(file, values_path, values.extent(), 2, 3, "(images, rows, columns) or (images, superpixels)");
    planned.half = values.has_type(half_type());
    planned.shape = row_of(values.extent());
    for (const auto& detail : stored_details(file, name, method)) {
      const auto path = fmt::format("{}/{}", method_group, detail);
      const auto extent = file.dataset(path).extent();
      require_dimensions(file, path, extent, 1, 4, "(images), with further dimensions at will");
      planned.details[detail] = row_of(extent);
    }
    model.methods.push_back(std::move(planned));
  }
  return model;
}

std::vector<SuperpixelPlan> stored_superpixels(const File& file) {
  std::vector<SuperpixelPlan> plans;
  if (file.exists(schema::superpixels)) {
    for (const auto& key : file.list(schema::superpixels)) {
      const auto path = schema::superpixel_maps(key);
      const auto extent = file.dataset(path).extent();
      require_dimensions(file, path, extent, 3, 3, "(images, rows, columns)");
      plans.push_back({key, row_of(extent)});
    }
  }
  return plans;
}

void check_layout(const File& file) {
  file.text_attribute("/", schema::job_attribute);
  file.text_attribute("/", schema::program_attribute);
  if (file.has_attribute("/", schema::batch_attribute)) {
    file.integer_attribute("/", schema::batch_attribute);
  }
  const auto images = checked_images(file);
  const auto superpixels = stored_superpixels(file);
  for (const auto& plan : superpixels) {
    auto wanted = datasets_of(plan);
    if (!file.exists(schema::superpixel_checksums(plan.key))) {
      wanted.pop_back();  // files made before label maps had checksums
    }
    check_datasets(file, wanted, images);
  }
  for (const auto& name : file.list(schema::models)) {
    const auto model = stored_model(file, name);
    check_model(file, model);
    check_datasets(file, datasets_of(model), images);
    for (const auto& method : model.methods) {
      check_kind(file, model, method, superpixels);
      check_datasets(file, datasets_of(model, method), images);
    }
  }
}

}  // namespace sightline::store

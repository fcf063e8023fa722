#include <algorithm>
#include <fcntl.h>
#include <iterator>
#include <optional>
#include <unistd.h>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "store/explanations.hpp"
#include "store/layout.hpp"
#include "store/path_rows.hpp"
#include "store/schema.hpp"

namespace sightline::store {
namespace {

namespace fs = std::filesystem;

void create(File& file, const std::vector<RowDataset>& datasets, std::uint64_t images) {
  for (const auto& dataset : datasets) {
    Extent extent = {images};
    extent.insert(extent.end(), dataset.row.begin(), dataset.row.end());
    file.create_dataset(dataset.path, dataset.type, extent, dataset.zeroed);
  }
}

/// The text whose hash is the attribute parameter_hash. Runs that differ by their seed alone have the same hash.
std::string parameter_text(const MethodPlan& method) {
  std::string text = method.name;
  for (const auto& [name, value] : method.parameters) {
    if (name != schema::seed) {
      text += fmt::format(";{}={}", name, value);
    }
  }
  return text;
}

void add_model(File& file, const ModelPlan& model, std::uint64_t images) {
  const auto group = schema::model_group(model.name);
  file.create_group(group);
  for (const auto& [name, value] : model.attributes) {
    file.set_attribute(group, name, value);
  }
  file.set_attribute(group, schema::input_size, model.input_size);
  file.set_attribute(group, schema::mean, model.mean);
  file.set_attribute(group, schema::std, model.std);
  file.set_attribute(group, schema::classes, static_cast<std::int64_t>(model.classes));
  create(file, datasets_of(model), images);
}

void add_method(File& file, const ModelPlan& model, const MethodPlan& method, std::uint64_t images) {
  const auto group = schema::method_group(model.name, method.name);
  file.create_group(group);
  file.set_attribute(group, schema::kind, method.kind);
  for (const auto& [name, value] : method.parameters) {
    file.set_attribute(group, name, value);
  }
  if (!method.superpixels.empty()) {
    file.set_attribute(group, schema::superpixel_key, method.superpixels);
  }
  file.set_attribute(group, schema::parameter_hash, base::sha256_of_text(parameter_text(method)).substr(0, 16));
  create(file, datasets_of(model, method), images);
}

/// Throws Error(usage) when the attribute of the file differs from that of the plan.
void require_same_text(const File& file, const std::string& group, const std::string& name, const std::string& wanted) {
  const auto stored = file.has_attribute(group, name) ? file.text_attribute(group, name) : std::string("nothing");
  if (stored != wanted) {
    throw base::usage_error("{}: {} was made with {} = {}, this job says {}. Use another --output, or the old value.",
                            file.path().string(), group.substr(1), name, stored, wanted);
  }
}

void require_same_numbers(const File& file, const std::string& group, const std::string& name,
                          const std::vector<double>& wanted) {
  const auto stored = file.numbers_attribute(group, name);
  if (stored != wanted) {
    throw base::usage_error("{}: {} was made with {} = {}, this job says {}. Use another --output, or the old value.",
                            file.path().string(), group.substr(1), name, fmt::join(stored, ","),
                            fmt::join(wanted, ","));
  }
}

void require_same_type(const File& file, const std::string& group, bool wanted_half) {
  const auto name = [](bool half) { return half ? "float16" : "float32"; };
  const bool half = file.dataset(group + "/" + schema::values).has_type(half_type());
  if (half != wanted_half) {
    throw base::usage_error(
        "{}: {} was made with pixel-dtype = {}, this job says {}. Use another --output, or the old value.",
        file.path().string(), group.substr(1), name(half), name(wanted_half));
  }
}

void require_same_classes(const File& file, const ModelPlan& wanted) {
  if (const auto stored = stored_model(file, wanted.name).classes; stored != wanted.classes) {
    throw base::usage_error("{}: {} was made with {} classes, the model of this job has {}. Use another --output.",
                            file.path().string(), schema::model_group(wanted.name).substr(1), stored, wanted.classes);
  }
}

/// Throws Error(usage) when the file has other logits of the model than the plan wants.
void require_same_logits(const File& file, const ModelPlan& wanted) {
  const auto name = [](const std::optional<std::uint64_t>& count) {
    return !count ? "all" : *count == 0 ? "none" : "top5";
  };
  const auto stored = stored_model(file, wanted.name).top_logits;
  if (stored != wanted.top_logits) {
    throw base::usage_error(
        "{}: {} was made with store-logits = {}, this job says {}. Use another --output, or the old value.",
        file.path().string(), schema::model_group(wanted.name).substr(1), name(stored), name(wanted.top_logits));
  }
}

void require_same_parameters(const File& file, const StorePlan& plan) {
  for (const auto& model : plan.models) {
    const auto group = schema::model_group(model.name);
    if (!file.exists(group)) {
      continue;
    }
    for (const auto& [name, value] : model.attributes) {
      if (name != schema::weights) {  // the path of the weights may have changed; their checksum is compared
        require_same_text(file, group, name, value);
      }
    }
    require_same_numbers(file, group, schema::input_size, {static_cast<double>(model.input_size)});
    require_same_numbers(file, group, schema::mean, model.mean);
    require_same_numbers(file, group, schema::std, model.std);
    require_same_classes(file, model);
    if (!plan.any_top_logits) {
      require_same_logits(file, model);
    }
    for (const auto& method : model.methods) {
      const auto method_group = schema::method_group(model.name, method.name);
      if (!file.exists(method_group)) {
        continue;
      }
      for (const auto& [name, value] : method.parameters) {
        if (name == schema::seed && !file.has_attribute(method_group, name)) {
          continue;  // stores were made without it until December 2026
        }
        require_same_text(file, method_group, name, value);
      }
      require_same_type(file, method_group, method.half);
    }
  }
}

/// Warns when the images are in another folder than before. This is no error, because a cluster may copy the images to
/// another folder for every job.
void warn_if_image_root_differs(const File& file, const StorePlan& plan) {
  const auto stored = file.text_attribute(schema::images, schema::image_root);
  if (stored != plan.image_root) {
    base::log_warning(
        fmt::format("{}: its images were in {}, this job's are in {}; images of the same name are taken for the same",
                    file.path().string(), stored, plan.image_root));
  }
}

/// Whether the file has all label maps, models and methods of the plan.
bool contains_all_of(const File& file, const StorePlan& plan) {
  const auto has_checksums = [&](const SuperpixelPlan& superpixels) {
    return file.exists(schema::superpixel_checksums(superpixels.key));
  };
  return std::all_of(plan.superpixels.begin(), plan.superpixels.end(), has_checksums) &&
         std::all_of(plan.models.begin(), plan.models.end(), [&](const ModelPlan& model) {
           return file.exists(schema::model_group(model.name)) &&
                  std::all_of(model.methods.begin(), model.methods.end(), [&](const MethodPlan& method) {
                    return file.exists(schema::method_group(model.name, method.name) + "/" + schema::status);
                  });
         });
}

/// Replaces the images of the plan by those of the old file, in their order, followed by the new ones. An image of the
/// plan keeps the plan's label. Returns whether a label differs from the old one.
bool merge_images(const Explanations& old, StorePlan& plan) {
  auto paths = old.image_paths();
  auto labels = old.image_labels();
  PathRows rows(paths);
  std::vector<std::string> added;
  bool relabelled = false;
  for (std::size_t i = 0; i < plan.image_paths.size(); ++i) {
    const auto row = rows.find(plan.image_paths[i], i);
    if (!row) {
      added.push_back(plan.image_paths[i]);
      labels.push_back(plan.image_labels[i]);
    } else if (labels[*row] != plan.image_labels[i]) {
      labels[*row] = plan.image_labels[i];
      relabelled = true;
    }
  }
  paths.insert(paths.end(), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
  plan.image_paths = std::move(paths);
  plan.image_labels = std::move(labels);
  return relabelled;
}

/// Gives the plan's models as many logits as those of the old file have.
void take_top_logits(const Explanations& old, StorePlan& plan) {
  const auto known = old.models();
  if (known.empty()) {
    return;
  }
  const auto stored = stored_model(old.hdf5(), known[0]).top_logits;
  for (auto& model : plan.models) {
    model.top_logits = stored && *stored < model.classes ? stored : std::nullopt;
  }
}

/// Throws Error(usage) when the file has explanations of the images' labels, which are wrong after a change of labels.
void require_no_label_targets(const Explanations& old) {
  for (const auto& model : old.models()) {
    for (const auto& method : old.methods(model)) {
      const auto group = schema::method_group(model, method);
      if (old.hdf5().has_attribute(group, schema::target) &&
          old.hdf5().text_attribute(group, schema::target) == "label") {
        throw base::usage_error(
            "{}: was made with target = label and with other labels of the images. Use another --output, or the old "
            "labels.",
            old.hdf5().path().string());
      }
    }
  }
}

/// Creates a file with the images of the plan, but without models.
File create_file(const fs::path& path, const StorePlan& plan) {
  auto file = File::create(path);
  file.set_attribute("/", schema::format_attribute, std::string(schema::format));
  file.set_attribute("/", schema::version_attribute, std::int64_t{schema::version});
  file.set_attribute("/", schema::job_attribute, plan.job);
  file.set_attribute("/", schema::program_attribute, plan.program);
  file.set_attribute("/", schema::batch_attribute, plan.batch);
  file.create_strings(schema::image_paths, plan.image_paths);
  file.create_dataset(schema::image_labels, H5T_STD_I32LE, {plan.image_labels.size()}, true);
  file.dataset(schema::image_labels).write_rows(0, plan.image_labels.size(), plan.image_labels.data());
  file.set_attribute(schema::images, schema::image_root, plan.image_root);
  file.create_group(schema::models);
  file.create_group(schema::superpixels);
  return file;
}

template <typename T>
void copy_rows(const Dataset& from, const Dataset& to) {
  constexpr std::uint64_t rows_at_once = 1024;
  for (std::uint64_t first = 0; first < from.rows(); first += rows_at_once) {
    const auto count = std::min(rows_at_once, from.rows() - first);
    to.write_rows<T>(first, count, from.read_rows<T>(first, count).data());
  }
}

/// Copies the rows of datasets, which exist in both files.
void copy_records(const File& old, const File& file, const std::vector<RowDataset>& datasets) {
  for (const auto& dataset : datasets) {
    const auto from = old.dataset(dataset.path);
    const auto to = file.dataset(dataset.path);
    if (dataset.type == H5T_IEEE_F32LE) {
      copy_rows<float>(from, to);
    } else if (dataset.type == half_type()) {
      copy_rows<Half>(from, to);
    } else if (dataset.type == H5T_STD_I32LE) {
      copy_rows<std::int32_t>(from, to);
    } else if (dataset.type == H5T_STD_U16LE) {
      copy_rows<std::uint16_t>(from, to);
    } else {
      copy_rows<std::uint32_t>(from, to);
    }
  }
}

/// Creates the superpixels, models and methods of the old file in the new one, with `images` rows, and copies their
/// records.
void copy_existing(const Explanations& old, File& file, std::uint64_t images) {
  for (const auto& superpixels : stored_superpixels(old.hdf5())) {
    auto datasets = datasets_of(superpixels);
    create(file, datasets, images);
    if (!old.hdf5().exists(schema::superpixel_checksums(superpixels.key))) {
      datasets.pop_back();  // files made before label maps had checksums
    }
    copy_records(old.hdf5(), file, datasets);
  }
  for (const auto& name : old.models()) {
    const auto model = stored_model(old.hdf5(), name);
    add_model(file, model, images);
    copy_records(old.hdf5(), file, datasets_of(model));
    for (const auto& method : model.methods) {
      add_method(file, model, method, images);
      copy_records(old.hdf5(), file, datasets_of(model, method));
    }
  }
}

/// Creates the superpixels, models and methods of the plan that the file does not have.
void add_missing(File& file, const StorePlan& plan) {
  const auto images = plan.image_paths.size();
  for (const auto& superpixels : plan.superpixels) {
    if (!file.exists(schema::superpixel_maps(superpixels.key))) {
      create(file, datasets_of(superpixels), images);
    }
  }
  for (const auto& model : plan.models) {
    if (!file.exists(schema::model_group(model.name))) {
      add_model(file, model, images);
    }
    for (const auto& method : model.methods) {
      if (!file.exists(schema::method_group(model.name, method.name))) {
        add_method(file, model, method, images);
      }
    }
  }
}

void sync_to_disk(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  if (!synced) {
    throw base::fault("{}: cannot be flushed to the disk", path.string());
  }
}

}  // namespace

StorePlan plan_of(const Explanations& store) {
  const auto& file = store.hdf5();
  StorePlan plan{file.text_attribute("/", schema::job_attribute),
                 file.text_attribute("/", schema::program_attribute),
                 file.text_attribute(schema::images, schema::image_root),
                 store.image_paths(),
                 store.image_labels(),
                 {},
                 stored_superpixels(file),
                 store.batch()};
  for (const auto& name : store.models()) {
    plan.models.push_back(stored_model(file, name));
  }
  return plan;
}

void prepare_store(const fs::path& path, StorePlan plan) {
  const fs::path temporary = path.string() + ".partial";
  {
    std::optional<Explanations> old;
    if (fs::exists(path)) {
      old.emplace(Explanations::open_to_read(path));
      require_same_parameters(old->hdf5(), plan);
      warn_if_image_root_differs(old->hdf5(), plan);
      const bool relabelled = merge_images(*old, plan);
      if (relabelled) {
        require_no_label_targets(*old);
      }
      if (plan.any_top_logits) {
        take_top_logits(*old, plan);
      }
      if (!relabelled && plan.image_paths.size() == old->images() && contains_all_of(old->hdf5(), plan)) {
        return;
      }
    }
    auto file = create_file(temporary, plan);
    if (old) {
      copy_existing(*old, file, plan.image_paths.size());
    }
    add_missing(file, plan);
    file.close();
  }
  sync_to_disk(temporary);
  fs::rename(temporary, path);
}

}  // namespace sightline::store

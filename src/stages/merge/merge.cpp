#include "stages/merge/merge.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stop.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/progress.hpp"
#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;
using State = store::Explanations::RecordState;

/// The store that `name` means: explanations.h5 in it if it is a folder, else the file itself.
fs::path store_file(const std::string& name) {
  return base::is_folder(name) ? fs::path(name) / store::schema::file_name : fs::path(name);
}

/// The folders that `attribute --part` created, sorted by name. Throws base::Error(input) when there are none.
std::vector<std::string> parts_of(const fs::path& output) {
  std::vector<std::string> names;
  if (base::is_folder(output / "parts")) {
    for (const auto& item : fs::directory_iterator(output / "parts")) {
      names.push_back(item.path().string());
    }
  }
  std::sort(names.begin(), names.end());
  if (names.empty()) {
    throw base::input_error("{}: holds no parts. 'sightline attribute --part K/N' makes them.",
                            (output / "parts").string());
  }
  return names;
}

/// The numbers of records that were copied, and of corrupt ones that were not.
struct Copied {
  std::int64_t records = 0;
  std::int64_t corrupt = 0;
};

/// Copies those good records of a part that the target does not have with the same checksum. Each rank copies every
/// ranks-th image.
class Copier {
 public:
  Copier(const comm::Communicator& ranks, const store::Explanations& part, const store::Explanations& reader,
         store::Explanations& target)
      : ranks_(ranks), part_(part), reader_(reader), target_(target), rows_(reader.rows_of(part.image_paths())) {}

  /// Copies this rank's records of a model and method (empty = the predictions) and adds their numbers to `copied`.
  void copy(const std::string& model, const std::string& method, Copied& copied) {
    const auto in_part = part_.status(model, method);
    const auto in_target = reader_.status(model, method);
    for (std::uint64_t image = 0; image < in_part.size() && !base::stop_requested(); ++image) {
      const bool mine = image % static_cast<std::uint64_t>(ranks_.size()) == static_cast<std::uint64_t>(ranks_.rank());
      if (!mine || in_part[image] == 0 || in_target[rows_[image]] == in_part[image]) {
        continue;
      }
      const bool good = method.empty() ? copy_prediction(model, image, in_part[image])
                                       : copy_map(model, method, image, in_part[image]);
      ++(good ? copied.records : copied.corrupt);
    }
  }

 private:
  /// Returns whether the record was good and was copied. `status`: its status word.
  bool copy_prediction(const std::string& model, std::uint64_t image, std::uint32_t status) {
    const auto stored = part_.read_prediction(model, image);
    const bool good = status_of(stored.record()) == status;
    if (good) {
      target_.write(model, rows_[image], stored.record());
    }
    return good;
  }

  bool copy_map(const std::string& model, const std::string& method, std::uint64_t image, std::uint32_t status) {
    const auto stored = part_.read_map(model, method, image);
    if (status_of(stored.record()) != status) {
      return false;
    }
    const auto group = store::schema::method_group(model, method);
    if (part_.hdf5().has_attribute(group, store::schema::superpixel_key)) {
      const auto key = part_.hdf5().text_attribute(group, store::schema::superpixel_key);
      target_.write_superpixels(key, rows_[image], part_.read_superpixels(key, image));
    }
    target_.write(model, method, rows_[image], stored.record());
    return true;
  }

  const comm::Communicator& ranks_;
  const store::Explanations& part_;
  const store::Explanations& reader_;
  store::Explanations& target_;
  std::vector<std::uint64_t> rows_;
};

/// collective. Copies the records of one part that the target does not have with the same checksum. Returns the numbers
/// over all ranks on the root.
Copied copy_part(const comm::Communicator& ranks, const fs::path& file, const fs::path& target) {
  Copied mine;
  std::optional<store::Explanations> part;
  std::optional<store::Explanations> reader;
  std::optional<store::Explanations> writer;
  ranks.all_or_throw([&] {
    part.emplace(store::Explanations::open_to_read(file));
    reader.emplace(store::Explanations::open_to_read(target));
  });
  ranks.all_or_throw([&] { writer.emplace(store::Explanations::open_parallel(target, ranks)); });
  ranks.all_or_throw([&] {
    Copier copier(ranks, *part, *reader, *writer);
    for (const auto& model : part->models()) {
      copier.copy(model, "", mine);
      for (const auto& method : part->methods(model)) {
        copier.copy(model, method, mine);
      }
    }
  });
  ranks.all_or_throw([&] { writer->flush(); });
  const auto sums = ranks.reduce(std::vector<std::int64_t>{mine.records, mine.corrupt});
  return ranks.is_root() ? Copied{sums[0], sums[1]} : Copied{};
}

}  // namespace

base::ExitCode merge(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  if (parsed.job.output.empty()) {
    throw base::usage_error(
        "merge: give --output, the folder that the parts are merged into, and name the parts unless they are in its "
        "sub-folder parts");
  }
  std::vector<fs::path> parts;
  std::vector<store::StorePlan> plans;
  ranks.all_or_throw([&] {
    for (const auto& name : parsed.positionals.empty() ? parts_of(parsed.job.output) : parsed.positionals) {
      parts.push_back(store_file(name));
      plans.push_back(store::plan_of(store::Explanations::open_to_read(parts.back())));
      plans.back().any_top_logits = false;
    }
  });
  const auto target = fs::path(parsed.job.output) / store::schema::file_name;
  const OutputClaim claim(ranks, parsed.job.output, "merge");
  ranks.all_or_throw([&] {
    for (const auto& plan : plans) {
      if (ranks.is_root()) {
        store::prepare_store(target, plan);
      }
    }
  });
  for (const auto& part : parts) {
    const auto copied = copy_part(ranks, part, target);
    if (ranks.any(base::stop_requested())) {
      return base::ExitCode::stopped;
    }
    if (ranks.is_root() && copied.corrupt > 0) {
      base::log_warning(fmt::format("{}: {} records are corrupt and were left out", part.string(), copied.corrupt));
    }
    base::log_info(fmt::format("merge: {} records of {}", copied.records, part.string()));
  }
  base::log_info(
      fmt::format("merge: {} parts -> {}; 'sightline inspect' lists what is missing", parts.size(), target.string()));
  return base::ExitCode::done;
}

}  // namespace sightline::stages

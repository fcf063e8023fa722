#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "base/activity.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/folder_lock.hpp"
#include "base/log.hpp"
#include "stages/run/failure.hpp"
#include "stages/run/progress.hpp"
#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace sightline::app {
namespace {

namespace fs = std::filesystem;

/// The records of a model and method.
struct Count {
  std::ptrdiff_t done = 0;
  std::ptrdiff_t all = 0;
};

/// Counts by the status words alone, which is quick even for a store of terabytes; `inspect` reads the records
/// themselves.
Count count_done(const store::Explanations& store, const std::string& model, const std::string& method) {
  const auto words = store.status(model, method);
  return {std::count_if(words.begin(), words.end(), [](std::uint32_t word) { return word != 0; }),
          static_cast<std::ptrdiff_t>(words.size())};
}

/// `record`: the method, or (predictions).
void print_line(const std::string& model, const std::string& record, const Count& count) {
  std::printf("  %-20s %-24s %9td %9td %6.1f %%\n", model.c_str(), record.c_str(), count.done, count.all - count.done,
              count.all > 0 ? 100.0 * static_cast<double>(count.done) / static_cast<double>(count.all) : 100.0);
}

/// The entries of the folder's lock file, or nothing, with a warning, when it cannot be read.
std::optional<std::map<std::string, std::string>> readable_holder(const fs::path& folder) {
  try {
    return base::lock_holder(folder);
  } catch (const base::Error& error) {
    base::log_warning(error.what());
    return std::nullopt;
  }
}

/// Prints which job holds the lock of the folder, and its progress.
void print_holder(const fs::path& folder) {
  const auto read = readable_holder(folder);
  if (!read) {
    return;
  }
  const auto& holder = *read;
  if (holder.empty()) {
    std::printf("%s: no job runs\n", folder.c_str());
    return;
  }
  const auto field = [&](const char* name) { return holder.contains(name) ? holder.at(name) : "?"; };
  const auto sign = base::last_sign_of_life(folder);
  std::printf("%s: 'sightline %s' on %s since %s%s, last sign of life %s\n", folder.c_str(), field("command").c_str(),
              field("host").c_str(), field("started").c_str(),
              field("job").empty() ? "" : (", Slurm job " + field("job")).c_str(), sign.c_str());
  if (fs::exists(folder / stages::Progress::file_name)) {
    const auto progress = nlohmann::json::parse(base::read_text(folder / stages::Progress::file_name), nullptr, false);
    if (progress.contains("text")) {
      std::printf("%s\n", progress["text"].get<std::string>().c_str());
    }
  }
}

/// Prints why the last job on the folder has failed, if it has, and how to go on.
void print_failure(const fs::path& folder) {
  const auto failure = stages::last_failure(folder);
  if (!failure) {
    return;
  }
  const auto at = base::Activity{failure->model, failure->method, failure->image}.text();
  std::printf("  '%s' failed on %s, rank %d of %d, %s%s%s: %s\n", failure->stage.c_str(), failure->host.c_str(),
              failure->rank, failure->ranks, failure->time.c_str(), at.empty() ? "" : ", at ", at.c_str(),
              failure->message.c_str());
  std::printf("  to go on: %s\n", failure->go_on.c_str());
}

/// The records of a store by model and method; the method "" stands for the predictions.
using Counts = std::map<std::pair<std::string, std::string>, Count>;

/// Adds the records of a store. Every part of an array job has all images, so that what there is in all of them is what
/// there is in one.
void add_store(const fs::path& file, Counts& counts) {
  const auto store = store::Explanations::open_to_read(file);
  for (const auto& model : store.models()) {
    auto records = store.methods(model);
    records.insert(records.begin(), "");
    for (const auto& method : records) {
      const auto own = count_done(store, model, method);
      auto& sum = counts[{model, method}];
      sum.done += own.done;
      sum.all = std::max(sum.all, own.all);
    }
  }
}

void print_counts(const Counts& counts) {
  std::printf("  %-20s %-24s %9s %9s\n", "model", "method", "done", "missing");
  Count total;
  for (const auto& [record, count] : counts) {
    const auto& [model, method] = record;
    print_line(model, method.empty() ? "(predictions)" : method, count);
    total.done += count.done;
    total.all += count.all;
  }
  print_line("all", "", total);
}

/// All stores in the folder of a run (explanations, Focus, predictions, features), sorted by name.
std::vector<fs::path> stores_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".h5" && store::Explanations::is_store(entry.path())) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Prints who works on each part of an array job, and the sums over the parts. Returns whether there are any.
bool print_parts(const fs::path& folder) {
  std::vector<fs::path> parts;
  if (base::is_folder(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (fs::exists(entry.path() / store::schema::file_name) || stages::last_failure(entry.path())) {
        parts.push_back(entry.path());
      }
    }
  }
  std::sort(parts.begin(), parts.end());
  Counts counts;
  for (const auto& part : parts) {
    print_holder(part);
    print_failure(part);
    if (fs::exists(part / store::schema::file_name)) {
      add_store(part / store::schema::file_name, counts);
    }
  }
  if (!parts.empty()) {
    std::printf("%zu parts together; 'sightline merge' joins them\n", parts.size());
    print_counts(counts);
  }
  return !parts.empty();
}

base::ExitCode status(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  if (parsed.positionals.size() != 1) {
    throw base::usage_error("status: name the folder of one run");
  }
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    const fs::path folder = parsed.positionals[0];
    if (!base::is_folder(folder)) {
      throw base::input_error("{}: no such folder", folder.string());
    }
    print_holder(folder);
    print_failure(folder);
    const auto files = stores_in(folder);
    for (const auto& file : files) {
      std::printf("%s\n", file.filename().c_str());
      Counts counts;
      add_store(file, counts);
      print_counts(counts);
    }
    if (!print_parts(folder / "parts") && files.empty()) {
      std::printf("  no store yet\n");
    }
  });
  return base::ExitCode::done;
}

}  // namespace

Command status_command() {
  return {.name = "status",
          .usage = "FOLDER",
          .summary = "progress of a run: done, missing, rate, time left, and the job that works on it",
          .topics = {},
          .run = &status};
}

}  // namespace sightline::app

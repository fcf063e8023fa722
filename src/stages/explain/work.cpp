#include "stages/explain/work.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "stages/run/version.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// Root only. Creates or extends the store. Returns the row in the store of each of the job's images.
std::vector<std::uint64_t> prepare(const ResolvedJob& job, const Survey& survey, std::size_t batch,
                                   const images::ImageList& list, const fs::path& file) {
  store::prepare_store(file, plan_store(job, survey, batch, list));
  std::map<std::string, std::uint64_t> row_by_path;
  const auto stored = store::Explanations::open_to_read(file).image_paths();
  for (std::size_t row = 0; row < stored.size(); ++row) {
    row_by_path[stored[row]] = row;
  }
  std::vector<std::uint64_t> rows;
  for (const auto& entry : list.entries) {
    rows.push_back(row_by_path.at(entry.path));
  }
  return rows;
}

/// Root only. Clears the flags of all records that are good, or whose method does not fit the model. Corrupt records
/// stay missing, with a warning.
void find_missing(const ResolvedJob& job, const Survey& survey, const fs::path& file,
                  const std::vector<std::uint64_t>& rows, MissingRecords& missing) {
  using State = store::Explanations::RecordState;
  const auto store = store::Explanations::open_to_read(file);
  for (std::size_t m = 0; m < job.models.size(); ++m) {
    const auto& model = job.models[m]->label();
    for (std::size_t record = 0; record <= job.methods.size(); ++record) {
      if (record > 0 && !survey.fits[m][record - 1]) {
        missing.clear(m, record);
        continue;
      }
      const auto states = store.verify(model, record == 0 ? "" : job.methods[record - 1].name);
      for (std::size_t image = 0; image < rows.size(); ++image) {
        if (states[rows[image]] == State::good || states[rows[image]] == State::nonfinite) {
          missing.clear(m, record, image);
        } else if (states[rows[image]] == State::corrupt) {
          base::log_warning(fmt::format("{}: a record of {} is corrupt and is computed again", file.string(), model));
        }
      }
    }
  }
}

/// Clears the flags of the images that belong to other parts (--part). Chunks are not divided between parts, so that
/// the batches of a part are batches of the whole job, and give the same bits.
void clear_other_parts(const ResolvedJob& job, std::size_t chunk, std::size_t images, MissingRecords& missing) {
  const auto& part = job.config.explain.part;
  for (std::size_t image = 0; image < images; ++image) {
    if (static_cast<std::int64_t>(image / chunk) % part.count + 1 != part.number) {
      for (std::size_t model = 0; model < job.models.size(); ++model) {
        for (std::size_t record = 0; record <= job.methods.size(); ++record) {
          missing.clear(model, record, image);
        }
      }
    }
  }
}

/// Warns when labels come from the order of class folders and a model has more classes than there are folders: the
/// labels are then unlikely to be the indices of the model's outputs. All folders are counted, also those without
/// images of the job.
void warn_of_unnamed_classes(const ResolvedJob& job, const Survey& survey) {
  if (job.output == Output::features || !job.config.images.classes.empty() ||
      !base::is_folder(job.config.images.source)) {
    return;
  }
  const auto names = images::class_folders(job.config.images.source);
  if (images::are_class_indices(names)) {
    return;
  }
  const auto folders = names.size();
  for (const auto& model : survey.models) {
    if (folders > 0 && model.classes > folders) {
      base::log_warning(
          fmt::format("images: {} holds {} class folder(s), numbered from 0 in the order of their names, while {} "
                      "has {} classes; give a class list with --classes, or labels mean other classes than the model's",
                      job.config.images.source, folders, model.name, model.classes));
      return;
    }
  }
}

}  // namespace

std::size_t chunk_size(const Explainer& explainer) {
  return std::max(static_cast<std::size_t>(explainer.job().config.explain.chunk), explainer.batch());
}

store::StorePlan plan_store(const ResolvedJob& job, const Survey& survey, std::size_t batch,
                            const images::ImageList& list) {
  store::StorePlan plan{job.text,      program_version(),  fs::weakly_canonical(list.root).string(), {}, {},
                        survey.models, survey.superpixels, static_cast<std::int64_t>(batch)};
  plan.image_paths = list.paths();
  for (const auto& entry : list.entries) {
    plan.image_labels.push_back(entry.label);
  }
  return plan;
}

void refuse_methods_without_model(const ResolvedJob& job, const Survey& survey) {
  for (std::size_t method = 0; method < job.methods.size(); ++method) {
    if (std::none_of(survey.fits.begin(), survey.fits.end(), [&](const auto& fits) { return fits[method]; })) {
      throw base::usage_error("methods: {}", base::join(survey.misfits, "\n  "));
    }
  }
  for (const auto& sentence : survey.misfits) {
    base::log_warning(sentence + ". It is left out.");
  }
}

Work prepare_work(const comm::Communicator& ranks, Explainer& explainer, const images::ImageList& list,
                  const fs::path& file) {
  const auto& job = explainer.job();
  const auto chunk = chunk_size(explainer);
  plan::ModelGroup every_model(job.models.size());
  std::iota(every_model.begin(), every_model.end(), 0);
  const auto groups = plan::group_count(job.models.size(), (list.entries.size() + chunk - 1) / chunk,
                                        static_cast<std::size_t>(ranks.size()),
                                        static_cast<std::size_t>(job.config.compute.models_at_once));
  if (groups == 1) {
    ranks.all_or_throw([&] { explainer.hold(every_model); });
  }
  Work work{std::vector<std::uint64_t>(),
            MissingRecords(job.models.size(), 1 + job.methods.size(), list.entries.size()),
            {},
            {}};
  std::vector<double> costs(job.models.size());
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      const auto survey = explainer.survey();
      refuse_methods_without_model(job, survey);
      warn_of_unnamed_classes(job, survey);
      costs = survey.costs;
      work.rows = prepare(job, survey, explainer.batch(), list, file);
      find_missing(job, survey, file, work.rows, work.missing);
      clear_other_parts(job, chunk, list.entries.size(), work.missing);
    }
  });
  work.missing.set_flags(ranks.broadcast(work.missing.flags()));
  work.rows = ranks.broadcast(work.rows);
  work.groups = plan::group_models(ranks.broadcast(costs), groups);
  std::vector<std::vector<bool>> missing;
  for (const auto& group : work.groups) {
    missing.push_back(work.missing.by_image(group));
  }
  work.units = plan::work_units(missing, chunk);
  return work;
}

}  // namespace sightline::stages

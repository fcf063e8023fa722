#include "stages/explain/work.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "stages/explain/kept_costs.hpp"
#include "stages/explain/verification.hpp"
#include "stages/run/version.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// Root only. Creates or extends the store. Returns the row in the store of each of the job's images.
std::vector<std::uint64_t> prepare(const ResolvedJob& job, const Survey& survey, std::size_t batch,
                                   const images::ImageList& list, const fs::path& file) {
  store::prepare_store(file, plan_store(job, survey, batch, list));
  return store::Explanations::open_to_read(file).rows_of(list.paths());
}

/// Clears the flags of the images that belong to other parts (--part). Chunks are not divided between parts, so that
/// the batches of a part are batches of the whole job, and give the same bits.
void clear_other_parts(const ResolvedJob& job, std::size_t chunk, std::size_t images, RecordFlags& missing) {
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
void warn_of_unnamed_classes(const ResolvedJob& job, const Survey& survey, const images::ImageList& list) {
  if (job.output == Output::features || !job.config.images.classes.empty() || !list.labels_are_folders) {
    return;
  }
  const auto names = images::class_folders(list.source);
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

/// The groups of models, the sizes of units, and what both depend on.
void group(Work& work, std::size_t groups) {
  const auto models = work.costs.size();
  const auto records = work.record_seconds.size() / models;
  std::vector<double> image_seconds(models);  // of all records of an image, whether or not they are missing
  for (std::size_t model = 0; model < models; ++model) {
    const auto first = work.record_seconds.begin() + static_cast<std::ptrdiff_t>(model * records);
    image_seconds[model] = std::accumulate(first, first + static_cast<std::ptrdiff_t>(records), 0.0);
  }
  work.groups = plan::group_models(image_seconds, groups);
  work.sizes.image_seconds = plan::sums_by_group(work.groups, image_seconds);
}

}  // namespace

void divide(Work& work) {
  const auto models = work.costs.size();
  const auto records = work.record_seconds.size() / models;
  work.seconds = 0.0;
  for (std::size_t model = 0; model < models; ++model) {
    for (std::size_t record = 0; record < records; ++record) {
      work.seconds +=
          work.record_seconds[model * records + record] * static_cast<double>(work.missing.count(model, record));
    }
  }
  std::vector<std::vector<bool>> missing;
  for (const auto& group : work.groups) {
    missing.push_back(work.missing.by_image(group));
  }
  work.units = plan::work_units(missing, work.sizes);
}

std::size_t chunk_size(const Explainer& explainer) {
  return std::max(static_cast<std::size_t>(explainer.job().config.explain.chunk), explainer.batch());
}

std::size_t group_count(const ResolvedJob& job, std::size_t images, std::size_t chunk, std::size_t ranks) {
  return plan::group_count(job.models.size(), (images + chunk - 1) / chunk, ranks,
                           static_cast<std::size_t>(job.config.compute.models_at_once));
}

store::StorePlan plan_store(const ResolvedJob& job, const Survey& survey, std::size_t batch,
                            const images::ImageList& list) {
  store::StorePlan plan{job.text,
                        program_version(),
                        fs::weakly_canonical(list.source.root()).string(),
                        {},
                        {},
                        survey.models,
                        survey.superpixels,
                        static_cast<std::int64_t>(batch)};
  plan.any_top_logits = !job.config.explain.store_logits;
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
  const auto groups = group_count(job, list.entries.size(), chunk, static_cast<std::size_t>(ranks.size()));
  if (groups == 1) {
    ranks.all_or_throw([&] { explainer.hold(every_model); });
  }
  const RecordFlags every_record(job.models.size(), 1 + job.methods.size(), list.entries.size());
  Work work{{}, every_record, every_record, {}, {chunk, explainer.batch(), {}, static_cast<std::size_t>(ranks.size())},
            {}, {},           {},           0.0};
  std::vector<char> fits;
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      auto survey = explainer.survey();
      KeptCosts(file, job, explainer.device(), explainer.batch()).correct(survey);
      refuse_methods_without_model(job, survey);
      warn_of_unnamed_classes(job, survey, list);
      work.costs = survey.costs;
      for (std::size_t model = 0; model < job.models.size(); ++model) {
        const auto& seconds = survey.record_seconds[model];
        work.record_seconds.insert(work.record_seconds.end(), seconds.begin(), seconds.end());
        fits.insert(fits.end(), survey.fits[model].begin(), survey.fits[model].end());
      }
      work.rows = prepare(job, survey, explainer.batch(), list, file);
    }
  });
  work.rows = ranks.broadcast(work.rows);
  work.costs = ranks.broadcast(work.costs);
  work.record_seconds = ranks.broadcast(work.record_seconds);
  find_records(ranks, job, ranks.broadcast(fits), file, work);
  clear_other_parts(job, chunk, list.entries.size(), work.missing);
  clear_other_parts(job, chunk, list.entries.size(), work.unverified);
  group(work, groups);
  divide(work);
  return work;
}

}  // namespace sightline::stages

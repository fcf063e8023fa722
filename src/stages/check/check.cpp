#include "stages/check/check.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include <ATen/ops/full.h>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "comm/processors.hpp"
#include "comm/work_counter.hpp"
#include "stages/check/device_speed.hpp"
#include "stages/explain/loaded_model.hpp"
#include "stages/run/device.hpp"
#include "stages/run/job_models.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/version.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// collective. Prints the ranks of each host with their cores, devices and the devices' speed. Returns the number of
/// warnings of oversubscription.
std::size_t check_ranks(const comm::Communicator& ranks, const job::JobConfig& config, c10::Device device,
                        const Print& print) {
  const auto places = comm::gather_bindings(ranks);
  std::string own;
  ranks.all_or_throw([&] { own = fmt::format("device {}: {}", device.str(), describe_speed(device)); });
  const auto devices = ranks.gather(own);
  if (!ranks.is_root()) {
    return 0;
  }
  print(fmt::format("{}; threads at once: allowed\n{} ranks\n", comm::mpi_version(), places.size()));
  std::map<std::string, std::string> hosts;
  for (std::size_t rank = 0; rank < places.size(); ++rank) {
    hosts[places[rank].host] +=
        fmt::format("  rank {:>4}: {} cores allowed, {}\n", rank, places[rank].cores.size(), devices[rank]);
  }
  for (const auto& [host, lines] : hosts) {
    print(fmt::format("{}\n{}", host, lines));
  }
  return comm::oversubscription_warnings(places, config.compute.threads).size();  // start_device has told them
}

/// collective. Measures the time from the request of a work unit to its arrival and prints the median of the slowest
/// rank.
void check_counter(const comm::Communicator& ranks, const Print& print) {
  constexpr std::int64_t requests = 200;
  std::vector<double> seconds;
  comm::WorkCounter counter(ranks, requests * ranks.size());
  for (std::int64_t i = 0; i < requests; ++i) {
    const base::Stopwatch stopwatch;
    if (!counter.next()) {
      break;
    }
    seconds.push_back(stopwatch.seconds());
  }
  while (counter.next()) {
  }
  std::sort(seconds.begin(), seconds.end());
  const double worst = ranks.reduce_max(seconds.empty() ? 0.0 : seconds[seconds.size() / 2]);
  if (ranks.is_root()) {
    print(fmt::format("work counter: a unit takes {:.2f} ms to get (median of the slowest rank)\n", worst * 1e3));
  }
}

/// A store of one model with one method, pixel maps of 224 x 224, for this number of images.
store::StorePlan trial_plan(std::uint64_t images) {
  store::StorePlan plan{"check", program_version(), "none", {}, {}, {}, {}};
  for (std::uint64_t image = 0; image < images; ++image) {
    plan.image_paths.push_back(fmt::format("{:06}", image));
    plan.image_labels.push_back(-1);
  }
  store::ModelPlan model;
  model.name = "trial";
  model.attributes = {{store::schema::timm_id, "trial"}};
  model.input_size = 224;
  model.mean = model.std = {0.5, 0.5, 0.5};
  model.classes = 1000;
  model.methods = {{"saliency", store::schema::kind_pixels, {}, {224, 224}}};
  plan.models = {model};
  return plan;
}

/// The number of good maps in a trial store.
std::int64_t count_good(const fs::path& file) {
  const auto states = store::Explanations::open_to_read(file).verify("trial", "saliency");
  return std::count(states.begin(), states.end(), store::Explanations::RecordState::good);
}

/// The trial store.
struct StoreTrial {
  fs::path folder;
  std::uint64_t images = 0;  ///< over all ranks
  std::vector<float> map;    ///< the map that this rank writes for each of its images

  fs::path file() const { return folder / "sightline-check.h5"; }
};

/// collective. Every rank writes its maps. Before the store is flushed and closed, a copy of the file shows what a kill
/// at that moment would leave. Returns on the root the number of good records in the copy.
std::int64_t write_trial(const comm::Communicator& ranks, const StoreTrial& trial) {
  const auto killed = trial.folder / "sightline-check-killed.h5";
  std::optional<store::Explanations> store;
  ranks.all_or_throw([&] { store.emplace(store::Explanations::open_parallel(trial.file(), ranks)); });
  ranks.all_or_throw([&] {
    for (auto image = static_cast<std::uint64_t>(ranks.rank()); image < trial.images;
         image += static_cast<std::uint64_t>(ranks.size())) {
      store->write("trial", "saliency", image, {trial.map, 0});
    }
  });
  std::int64_t kept = 0;
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      fs::copy_file(trial.file(), killed, fs::copy_options::overwrite_existing);
      kept = count_good(killed);
      fs::remove(killed);
    }
  });
  ranks.all_or_throw([&] { store->flush(); });
  return kept;
}

/// Root only. Verifies all records and removes the file. `seconds`: how long writing took; `kept`: the result of
/// write_trial. Returns the line to print. Throws base::Error(fault) when a record is wrong.
std::string verify_trial(const StoreTrial& trial, int ranks, double seconds, std::int64_t kept) {
  const auto good = count_good(trial.file());
  fs::remove(trial.file());
  if (good != static_cast<std::int64_t>(trial.images)) {
    throw base::fault(
        "{}: {} of {} records that {} ranks wrote in parallel are wrong. This file system loses parallel writes; "
        "choose another for --output.",
        trial.folder.string(), static_cast<std::int64_t>(trial.images) - good, trial.images, ranks);
  }
  return fmt::format(
      "parallel HDF5 in {}: {} records by {} ranks, all right, {:.0f} MB/s; a kill while writing would have kept {}\n",
      trial.folder.string(), trial.images, ranks,
      static_cast<double>(trial.images * trial.map.size() * sizeof(float)) * 1e-6 / seconds, kept);
}

/// collective. Tests whether a store that all ranks write to in parallel holds what they wrote, and prints the result.
void check_store(const comm::Communicator& ranks, const fs::path& folder, const Print& print) {
  constexpr std::uint64_t per_rank = 16;
  const StoreTrial trial{folder, per_rank * static_cast<std::uint64_t>(ranks.size()),
                         std::vector<float>(224 * 224, static_cast<float>(ranks.rank() + 1))};
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      fs::remove(trial.file());
      store::prepare_store(trial.file(), trial_plan(trial.images));
    }
  });
  const base::Stopwatch stopwatch;
  const auto kept = write_trial(ranks, trial);
  const auto seconds = stopwatch.seconds();
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      print(verify_trial(trial, ranks.size(), seconds, kept));
    }
  });
}

/// collective. Runs one model with synthetic weights on every rank, warns of ranks whose logits differ from the root's
/// in any bit, and prints a summary. Returns the number of warnings.
std::size_t check_model(const comm::Communicator& ranks, const job::JobConfig& config, c10::Device device,
                        const Print& print) {
  std::string facts;
  ranks.all_or_throw([&] {
    job::JobConfig trial = config;
    trial.models.weights = "synthetic:1";
    std::vector<std::string> mistakes;
    trial.models.names = {"resnet18"};
    ResolvedJob job{trial, "", resolve_models(trial, mistakes), {}};
    LoadedModel loaded(job, 0, device);
    grey_subject(loaded).logits();
    const base::Stopwatch stopwatch;
    const auto logits =
        loaded.model->forward(at::full({1, 3, 224, 224}, 0.5).to(loaded.model->device())).cpu().contiguous();
    const auto seconds = stopwatch.seconds();
    const std::span<const float> numbers(logits.const_data_ptr<float>(), static_cast<std::size_t>(logits.numel()));
    facts =
        fmt::format("{:08x} {:.1f} {}", base::crc32c(std::as_bytes(numbers)), seconds * 1e3, comm::own_binding().host);
  });
  std::size_t warnings = 0;
  const auto all = ranks.gather(facts);
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    if (all[rank].substr(0, 8) != all[0].substr(0, 8)) {
      base::log_warning(fmt::format(
          "rank {} ({}) computes other bits than rank 0, probably because its processor is of another kind. "
          "The last digits of results will depend on which rank computes them; request nodes of one kind "
          "(sbatch --constraint).",
          rank, all[rank].substr(all[rank].rfind(' ') + 1)));
      ++warnings;
    }
  }
  if (ranks.is_root()) {
    print(fmt::format("resnet18 on every rank: {} of {} give the same bits; rank 0 takes {} ms an image\n",
                      all.size() - warnings, all.size(), all[0].substr(9, all[0].rfind(' ') - 9)));
  }
  return warnings;
}

}  // namespace

base::ExitCode check(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print) {
  const fs::path folder = parsed.job.output.empty() ? fs::current_path() : fs::path(parsed.job.output);
  const auto device = start_device(ranks, parsed.job.compute);
  auto warnings = check_ranks(ranks, parsed.job, device, print);
  const OutputClaim claim(ranks, folder, "check");
  check_store(ranks, folder, print);
  check_counter(ranks, print);
  warnings += check_model(ranks, parsed.job, device, print);
  if (ranks.is_root()) {
    print(warnings == 0 ? "all is well\n" : fmt::format("{} warnings\n", warnings));
  }
  return base::ExitCode::done;
}

}  // namespace sightline::stages

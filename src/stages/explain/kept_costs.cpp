#include "stages/explain/kept_costs.hpp"

#include <numeric>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/file.hpp"
#include "models/kernels/on_host.hpp"

namespace sightline::stages {

KeptCosts::KeptCosts(const std::filesystem::path& store, const ResolvedJob& job, c10::Device device, std::size_t batch)
    : file_(std::filesystem::path(store).replace_extension(".costs.json")),
      job_(job),
      circumstances_(fmt::format("{}, {} threads, batches of {}", models::on_host(device) ? "cpu" : "cuda",
                                 job.config.compute.threads, batch)) {
  if (!base::is_file(file_)) {
    return;
  }
  try {
    const auto json = nlohmann::json::parse(base::read_text(file_));
    if (json.at("circumstances") == circumstances_) {
      for (const auto& [record, sum] : json.at("records").items()) {
        const Sum read = {sum.at("images"), sum.at("microseconds")};
        if (read.images > 0 && read.microseconds > 0) {
          sums_[record] = read;
        }
      }
    }
  } catch (const nlohmann::json::exception&) {
    sums_.clear();
  } catch (const base::Error&) {  // the file of another user, say
    sums_.clear();
  }
}

std::vector<bool> KeptCosts::correct(Survey& survey) const {
  std::vector<bool> known(survey.costs.size(), true);
  for (std::size_t model = 0; model < survey.costs.size(); ++model) {
    auto& seconds = survey.record_seconds[model];
    const double estimated = std::accumulate(seconds.begin(), seconds.end(), 0.0);
    for (std::size_t record = 0; record < seconds.size(); ++record) {
      if (record > 0 && !survey.fits[model][record - 1]) {
        continue;
      }
      const auto sum = sums_.find(record_name(job_, model, record));
      known[model] = known[model] && sum != sums_.end();
      if (sum != sums_.end()) {
        seconds[record] =
            1e-6 * static_cast<double>(sum->second.microseconds) / static_cast<double>(sum->second.images);
      }
    }
    if (estimated > 0.0) {
      survey.costs[model] *= std::accumulate(seconds.begin(), seconds.end(), 0.0) / estimated;
    }
  }
  return known;
}

void KeptCosts::add(const RecordTimes& times) {
  for (std::size_t i = 0; i < times.images.size(); ++i) {
    if (times.images[i] > 0) {
      auto& sum = sums_[record_name(job_, i / times.records, i % times.records)];
      sum.images += times.images[i];
      sum.microseconds += times.microseconds[i];
    }
  }
}

void KeptCosts::write() const {
  nlohmann::json records;
  for (const auto& [record, sum] : sums_) {
    records[record] = {{"images", sum.images}, {"microseconds", sum.microseconds}};
  }
  const nlohmann::json json = {{"circumstances", circumstances_}, {"records", records}};
  base::write_text(file_, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace sightline::stages

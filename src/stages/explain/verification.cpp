#include "stages/explain/verification.hpp"

#include <functional>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stop.hpp"
#include "stages/explain/verified_blocks.hpp"
#include "stages/run/progress.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// The name of a record of the job in its store; empty for the prediction.
std::string method_of(const ResolvedJob& job, std::size_t record) {
  return record == 0 ? std::string() : job.methods[record - 1].name;
}

bool fits_model(const ResolvedJob& job, const std::vector<char>& fits, std::size_t model, std::size_t record) {
  return record == 0 || fits[model * job.methods.size() + record - 1] != 0;
}

/// What a rank does with the status words of the images of one model and record.
using VisitStatus = std::function<void(std::size_t model, std::size_t record, const std::vector<std::uint32_t>&)>;

/// Reads this rank's share of the status words of a store.
void visit_status(const comm::Communicator& ranks, const ResolvedJob& job, const fs::path& file,
                  const VisitStatus& visit) {
  const auto store = store::Explanations::open_to_read(file);
  int turn = 0;
  for (std::size_t model = 0; model < job.models.size(); ++model) {
    const auto label = job.models[model]->label();
    for (std::size_t record = 0; record <= job.methods.size(); ++record) {
      const auto method = method_of(job, record);
      const bool stored = method.empty() || store.hdf5().exists(store::schema::method_group(label, method));
      if (stored && turn++ % ranks.size() == ranks.rank()) {
        base::throw_if_stopped();
        visit(model, record, store.status(label, method));
      }
    }
  }
}

/// collective. What the ranks have left of their flags: whatever one of them has cleared is cleared.
void join_flags(const comm::Communicator& ranks, RecordFlags& flags) {
  auto text = flags.flags();
  ranks.all_reduce_min(text);  // '0', what a rank has cleared, is below '1'
  flags.set_flags(std::move(text));
}

/// Calls `visit(model, record, image)` for the records of this rank's share whose flag is set, in blocks of images that
/// lie together in the file.
template <typename Visit>
void visit_share(const comm::Communicator& ranks, const ResolvedJob& job, const RecordFlags& flags, std::size_t images,
                 const Visit& visit) {
  constexpr std::size_t images_at_once = 64;
  const auto blocks = plan::batches({0, images}, images_at_once);
  for (std::size_t model = 0; model < job.models.size(); ++model) {
    for (std::size_t record = 0; record <= job.methods.size(); ++record) {
      for (auto block = static_cast<std::size_t>(ranks.rank()); block < blocks.size();
           block += static_cast<std::size_t>(ranks.size())) {
        for (auto image = blocks[block].first; image < blocks[block].first + blocks[block].count; ++image) {
          if (flags.at(model, record, image)) {
            visit(model, record, image);
          }
        }
      }
    }
  }
}

/// Clears the flags of this rank's records that are good, until a signal comes.
void verify_share(const comm::Communicator& ranks, const ResolvedJob& job, const fs::path& file,
                  const std::string& stage, Work& work) {
  using State = store::Explanations::RecordState;
  const auto store = store::Explanations::open_to_read(file);
  const auto unverified = work.unverified;
  std::int64_t total = 0;
  visit_share(ranks, job, unverified, work.rows.size(), [&](auto...) { ++total; });
  Progress progress(stage + ", verification", "stored records of this rank", total, ranks.is_root(),
                    file.parent_path());
  std::int64_t done = 0;
  visit_share(ranks, job, unverified, work.rows.size(), [&](auto model, auto record, auto image) {
    if (base::stop_requested()) {
      return;
    }
    const auto state = store.verify(job.models[model]->label(), method_of(job, record), work.rows[image]);
    if (state == State::good || state == State::nonfinite) {
      work.unverified.clear(model, record, image);
    } else {
      base::log_warning(fmt::format("{}: a record of {} is corrupt and is computed again", file.string(),
                                    job.models[model]->label()));
    }
    progress.update(++done);
  });
}

}  // namespace

void find_records(const comm::Communicator& ranks, const ResolvedJob& job, const std::vector<char>& fits,
                  const fs::path& file, Work& work) {
  const auto mode = job.config.explain.verify;
  VerifiedBlocks verified;
  if (mode == job::Verify::recent) {
    const auto noted = VerifiedBlocks::file_of(file);
    verified = VerifiedBlocks::from_text(
        ranks.broadcast(ranks.is_root() && base::is_file(noted) ? base::read_text(noted) : std::string()));
  }
  ranks.all_or_throw([&] {
    visit_status(ranks, job, file, [&](std::size_t model, std::size_t record, const auto& status) {
      const auto good = verified.unchanged(record_name(job, model, record), status);
      for (std::size_t image = 0; image < work.rows.size(); ++image) {
        const auto row = work.rows[image];
        const bool stored = status[row] != 0;
        if (stored) {
          work.missing.clear(model, record, image);
        }
        if (!stored || mode == job::Verify::none || good[row / VerifiedBlocks::rows]) {
          work.unverified.clear(model, record, image);
        }
      }
    });
  });
  join_flags(ranks, work.missing);
  join_flags(ranks, work.unverified);
  for (std::size_t model = 0; model < job.models.size(); ++model) {
    for (std::size_t record = 0; record <= job.methods.size(); ++record) {
      if (!fits_model(job, fits, model, record)) {
        work.missing.clear(model, record);
        work.unverified.clear(model, record);
      }
    }
  }
}

bool find_corrupt(const comm::Communicator& ranks, const ResolvedJob& job, const fs::path& file,
                  const std::string& stage, Work& work) {
  if (work.unverified.count() == 0) {
    work.missing = work.unverified;
    return false;
  }
  ranks.all_or_throw([&] { verify_share(ranks, job, file, stage, work); });
  join_flags(ranks, work.unverified);
  work.missing = work.unverified;
  return ranks.any(base::stop_requested());
}

void note_verified(const comm::Communicator& ranks, const ResolvedJob& job, const fs::path& file, const Work& work) {
  VerifiedBlocks own;
  ranks.all_or_throw([&] {
    visit_status(ranks, job, file, [&](std::size_t model, std::size_t record, const auto& status) {
      auto others = status;  // the status words of images that are not the job's
      for (const auto row : work.rows) {
        others[row] = 0;
      }
      auto checksums = VerifiedBlocks::checksums(status);
      for (std::size_t row = 0; row < others.size(); ++row) {
        if (others[row] != 0) {
          checksums[row / VerifiedBlocks::rows] = VerifiedBlocks::unknown;
        }
      }
      own.set(record_name(job, model, record), std::move(checksums));
    });
  });
  const auto texts = ranks.gather(own.to_text());
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      VerifiedBlocks all;
      for (const auto& text : texts) {
        all.add(VerifiedBlocks::from_text(text));
      }
      base::write_text(VerifiedBlocks::file_of(file), all.to_text());
    }
  });
}

}  // namespace sightline::stages

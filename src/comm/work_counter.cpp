#include "comm/work_counter.hpp"

#include <numeric>
#include <utility>
#include <vector>

#include "base/activity.hpp"

namespace sightline::comm {
namespace {

constexpr int request_tag = 1;
constexpr int answer_tag = 2;
constexpr int stop_tag = 3;
enum Request : std::int64_t { want_next, want_stop, report, leave };
constexpr std::int64_t no_more = -1;
// Between polls the server sleeps for this time, because a blocking receive would keep a core busy that a rank needs.
// A request waits 0.25 ms for its answer on average.
constexpr auto pause = std::chrono::microseconds(500);
constexpr int pauses_per_progress = 200;
constexpr auto report_interval = std::chrono::seconds(1);

}  // namespace

WorkCounter::WorkCounter(const Communicator& ranks, std::int64_t units, OnProgress on_progress)
    : ranks_(ranks), units_(units), on_progress_(std::move(on_progress)) {
  MPI_Comm_dup(ranks.handle(), &handle_);
  ranks_.all_or_throw([&] {
    if (ranks_.is_root()) {
      server_ = std::thread([this] { serve(); });
    }
  });
}

WorkCounter::~WorkCounter() {
  const base::Waiting waiting;
  send(leave);
  std::int64_t was_told = 0;  // whether a message with stop_tag is or was under way to this rank
  MPI_Recv(&was_told, 1, MPI_INT64_T, 0, answer_tag, handle_, MPI_STATUS_IGNORE);
  if (was_told != 0 && !told_) {
    MPI_Recv(nullptr, 0, MPI_INT64_T, 0, stop_tag, handle_, MPI_STATUS_IGNORE);
  }
  if (server_.joinable()) {
    server_.join();
  }
  MPI_Comm_free(&handle_);
}

std::optional<std::int64_t> WorkCounter::next() {
  if (finished_) {
    return std::nullopt;
  }
  const base::Waiting waiting;
  send(want_next);
  std::int64_t unit = no_more;
  MPI_Recv(&unit, 1, MPI_INT64_T, 0, answer_tag, handle_, MPI_STATUS_IGNORE);
  finished_ = unit == no_more;
  return finished_ ? std::nullopt : std::optional(unit);
}

void WorkCounter::stop() {
  finished_ = true;
  send(want_stop);
}

bool WorkCounter::stopped() {
  int waiting = 0;
  if (!told_) {
    MPI_Iprobe(0, stop_tag, handle_, &waiting, MPI_STATUS_IGNORE);
  }
  if (waiting != 0) {
    MPI_Recv(nullptr, 0, MPI_INT64_T, 0, stop_tag, handle_, MPI_STATUS_IGNORE);
    told_ = true;
  }
  return told_;
}

void WorkCounter::add(const Done& more) {
  unreported_.records += more.records;
  unreported_.work += more.work;
  if (std::chrono::steady_clock::now() - last_report_ > report_interval) {
    send(report);
  }
}

/// Sends a request to the root, with what this rank has done since its last one.
void WorkCounter::send(std::int64_t request) {
  const auto done = std::exchange(unreported_, {});
  const std::int64_t message[] = {request, done.records, done.work};
  MPI_Send(message, 3, MPI_INT64_T, 0, request_tag, handle_);
  last_report_ = std::chrono::steady_clock::now();
}

/// Answers requests until every rank, the root included, has left. When a rank stops, all are told at once.
void WorkCounter::serve() {
  std::int64_t given = 0;
  std::vector<int> present(static_cast<std::size_t>(ranks_.size()));
  std::iota(present.begin(), present.end(), 0);
  bool stopped = false;
  int pauses = 0;
  while (!present.empty()) {
    MPI_Status status;
    int waiting = 0;
    MPI_Iprobe(MPI_ANY_SOURCE, request_tag, handle_, &waiting, &status);
    if (waiting == 0) {
      std::this_thread::sleep_for(pause);
      if (on_progress_ && ++pauses % pauses_per_progress == 0) {
        on_progress_(done());
      }
      continue;
    }
    std::int64_t message[3] = {report, 0, 0};
    MPI_Recv(message, 3, MPI_INT64_T, status.MPI_SOURCE, request_tag, handle_, MPI_STATUS_IGNORE);
    records_ += message[1];
    work_ += message[2];
    if (message[0] == want_next) {
      const std::int64_t answer = !stopped && given < units_ ? given++ : no_more;
      MPI_Send(&answer, 1, MPI_INT64_T, status.MPI_SOURCE, answer_tag, handle_);
    } else if (message[0] == want_stop && !std::exchange(stopped, true)) {
      for (const int rank : present) {
        MPI_Send(nullptr, 0, MPI_INT64_T, rank, stop_tag, handle_);
      }
    } else if (message[0] == leave) {
      const std::int64_t answer = stopped ? 1 : 0;
      MPI_Send(&answer, 1, MPI_INT64_T, status.MPI_SOURCE, answer_tag, handle_);
      std::erase(present, status.MPI_SOURCE);
    }
  }
  if (on_progress_) {
    on_progress_(done());
  }
}

}  // namespace sightline::comm

#include "comm/work_counter.hpp"

#include <chrono>
#include <utility>

namespace sightline::comm {
namespace {

constexpr int request_tag = 1;
constexpr int answer_tag = 2;
enum Request : std::int64_t { want_next = 0, want_stop = 1 };
constexpr std::int64_t no_more = -1;
// Between polls the server sleeps for this time, because a blocking receive would keep a core busy that a rank needs.
// A request waits 0.25 ms for its answer on average.
constexpr auto pause = std::chrono::microseconds(500);

}  // namespace

WorkCounter::WorkCounter(const Communicator& ranks, std::int64_t units) : ranks_(ranks), units_(units) {
  MPI_Comm_dup(ranks.handle(), &handle_);
  if (ranks_.is_root()) {
    server_ = std::thread([this] { serve(); });
  }
}

WorkCounter::~WorkCounter() {
  if (!finished_) {
    stop();
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
  const auto unit = ask(want_next);
  finished_ = unit == no_more;
  return finished_ ? std::nullopt : std::optional(unit);
}

void WorkCounter::stop() {
  if (!finished_) {
    ask(want_stop);
    finished_ = true;
  }
}

std::int64_t WorkCounter::ask(std::int64_t request) {
  const std::int64_t message[] = {request, std::exchange(finished_here_, 0)};
  MPI_Send(message, 2, MPI_INT64_T, 0, request_tag, handle_);
  std::int64_t answer = no_more;
  MPI_Recv(&answer, 1, MPI_INT64_T, 0, answer_tag, handle_, MPI_STATUS_IGNORE);
  return answer;
}

/// Answers requests until every rank, the root included, has been told that no units are left.
void WorkCounter::serve() {
  std::int64_t given = 0;
  bool stopped = false;
  for (int dismissed = 0; dismissed < ranks_.size();) {
    MPI_Status status;
    int waiting = 0;
    MPI_Iprobe(MPI_ANY_SOURCE, request_tag, handle_, &waiting, &status);
    if (waiting == 0) {
      std::this_thread::sleep_for(pause);
      continue;
    }
    std::int64_t message[2] = {want_next, 0};
    MPI_Recv(message, 2, MPI_INT64_T, status.MPI_SOURCE, request_tag, handle_, MPI_STATUS_IGNORE);
    stopped = stopped || message[0] == want_stop;
    finished_everywhere_ += message[1];
    const bool more = !stopped && given < units_;
    const std::int64_t answer = more ? given++ : no_more;
    dismissed += more ? 0 : 1;
    MPI_Send(&answer, 1, MPI_INT64_T, status.MPI_SOURCE, answer_tag, handle_);
  }
}

}  // namespace sightline::comm

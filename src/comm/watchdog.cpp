#include "comm/watchdog.hpp"

#include <algorithm>
#include <utility>

#include "base/activity.hpp"
#include "base/error.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace sightline::comm {
namespace {

constexpr int report_tag = 1;
constexpr int answer_tag = 2;
constexpr int pauses_per_stall = 20;  ///< how often a rank reports in the time after which it is missed
constexpr std::chrono::milliseconds longest_pause{5000};

double seconds_of(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string describe(std::size_t rank, const RankState& state, double seconds, const char* what) {
  return fmt::format("rank {} on {}{}{}: {} for {}", rank, state.host, state.doing.empty() ? "" : ", at ", state.doing,
                     what, base::format_duration(seconds));
}

}  // namespace

/// What a rank sends to the root.
struct Watchdog::Message {
  double idle = 0.0;
  int waiting = 0;
  int leaving = 0;       ///< whether this is the rank's last message
  char doing[240] = {};  ///< the beginning of Activity::text
};

std::string find_stalled(const std::vector<RankState>& ranks, double stall) {
  std::vector<std::string> stalled;
  bool all_wait = true;
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    const auto& state = ranks[rank];
    if (state.silent > stall) {
      stalled.push_back(describe(rank, state, state.silent, "no sign of life"));
    } else if (!state.waiting && state.idle > stall) {
      stalled.push_back(describe(rank, state, state.idle, "no progress"));
    }
    all_wait = all_wait && state.waiting && state.idle > stall;
  }
  if (all_wait) {
    for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
      stalled.push_back(describe(rank, ranks[rank], ranks[rank].idle, "waits for the other ranks"));
    }
  }
  return base::join(stalled, "; ");
}

Watchdog::Watchdog(const Communicator& ranks, std::chrono::milliseconds stall,
                   std::function<void(const std::string&)> on_stall)
    : ranks_(ranks), stall_(stall), on_stall_(std::move(on_stall)) {
  if (stall_.count() == 0) {
    return;
  }
  MPI_Comm_dup(ranks_.handle(), &handle_);
  hosts_ = ranks_.gather(base::host_name());
  const auto root_host = ranks_.broadcast(ranks_.is_root() ? hosts_.front() : "");
  if (!ranks_.is_root()) {
    hosts_ = {root_host};
  }
  ranks_.all_or_throw([&] { thread_ = std::thread([this] { ranks_.is_root() ? watch_ranks() : watch_root(); }); });
}

Watchdog::~Watchdog() {
  if (!thread_.joinable()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    leaving_ = true;
  }
  wake_.notify_all();
  const base::Waiting waiting;
  thread_.join();
  MPI_Comm_free(&handle_);
}

std::chrono::milliseconds Watchdog::pause() const {
  return std::min(longest_pause, stall_ / pauses_per_stall);
}

/// Until the next report is due, or the rank leaves. Returns whether it leaves.
bool Watchdog::sleep() {
  std::unique_lock lock(mutex_);
  const auto time = leaving_ ? std::chrono::milliseconds(10) : pause();
  const bool left = leaving_;
  wake_.wait_for(lock, time, [&] { return leaving_ != left; });
  return leaving_;
}

/// The seconds since the last call; a process that was suspended does not learn for how long.
double Watchdog::lapse() {
  const auto now = std::chrono::steady_clock::now();
  const auto seconds = std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  return std::min(seconds, 2.0 * seconds_of(pause()));
}

/// What this rank says of itself, `seconds` after the last call.
Watchdog::Message Watchdog::observe(double seconds, bool leaving) {
  const auto signs = base::signs_of_life();
  idle_ = std::exchange(signs_, signs) == signs ? idle_ + seconds : 0.0;
  Message message{idle_, base::is_waiting() ? 1 : 0, leaving ? 1 : 0, {}};
  const auto doing = base::activity().text();
  std::copy_n(doing.begin(), std::min(doing.size(), sizeof(message.doing) - 1), message.doing);
  return message;
}

/// The thread of every rank but the root: one report is under way at a time, which the root answers.
void Watchdog::watch_root() {
  Message message;
  MPI_Request sending = MPI_REQUEST_NULL;
  RankState root;
  root.host = hosts_.front();
  for (;;) {
    const bool leaving = sleep();
    const double seconds = lapse();
    const auto own = observe(seconds, leaving);
    int answered = 0;
    if (sending == MPI_REQUEST_NULL) {
      message = own;
      MPI_Isend(&message, sizeof(message), MPI_BYTE, 0, report_tag, handle_, &sending);
      root.silent = 0.0;
    } else {
      MPI_Iprobe(0, answer_tag, handle_, &answered, MPI_STATUS_IGNORE);
    }
    if (answered != 0) {
      MPI_Recv(nullptr, 0, MPI_BYTE, 0, answer_tag, handle_, MPI_STATUS_IGNORE);
      MPI_Wait(&sending, MPI_STATUS_IGNORE);  // The report has arrived, since it was answered.
      if (message.leaving != 0) {
        return;
      }
    }
    root.silent += seconds;
    if (const auto stalled = find_stalled({root}, seconds_of(stall_)); !stalled.empty()) {
      end(stalled);
    }
  }
}

/// Receives and answers what has arrived.
void Watchdog::hear(std::vector<RankState>& states, std::vector<bool>& left) const {
  for (;;) {
    MPI_Status status;
    int there = 0;
    MPI_Iprobe(MPI_ANY_SOURCE, report_tag, handle_, &there, &status);
    if (there == 0) {
      return;
    }
    Message message;
    MPI_Recv(&message, sizeof(message), MPI_BYTE, status.MPI_SOURCE, report_tag, handle_, MPI_STATUS_IGNORE);
    MPI_Send(nullptr, 0, MPI_BYTE, status.MPI_SOURCE, answer_tag, handle_);
    const auto rank = static_cast<std::size_t>(status.MPI_SOURCE);
    auto& state = states[rank];
    state.silent = 0.0;
    state.idle = message.idle;
    state.waiting = message.waiting != 0;
    state.doing = message.doing;
    left[rank] = message.leaving != 0;
  }
}

/// The root's thread, until every rank has left.
void Watchdog::watch_ranks() {
  std::vector<RankState> states;
  for (const auto& host : hosts_) {
    states.push_back({0.0, 0.0, false, host, ""});
  }
  std::vector<bool> left(hosts_.size());
  while (std::find(left.begin(), left.end(), false) != left.end()) {
    left[0] = sleep();
    const double seconds = lapse();
    for (auto& state : states) {
      state.silent += seconds;
    }
    const auto own = observe(seconds, left[0]);
    states[0] = {0.0, own.idle, own.waiting != 0, hosts_[0], own.doing};
    hear(states, left);
    for (std::size_t rank = 0; rank < left.size(); ++rank) {
      if (left[rank]) {
        states[rank] = {0.0, 0.0, true, hosts_[rank], ""};
      }
    }
    if (const auto stalled = find_stalled(states, seconds_of(stall_)); !stalled.empty()) {
      end(stalled);
    }
  }
}

void Watchdog::end(const std::string& message) const {
  on_stall_(message);
  ranks_.abort(static_cast<int>(base::ExitCode::fault));
}

}  // namespace sightline::comm

#include "comm/communicator.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <limits>
#include <numeric>
#include <optional>

#include "base/activity.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace sightline::comm {
namespace {

/// The MPI reduction operation that adds exact sums; each element is the two words of a sum.
void add_exact_sums(void* in, void* inout, int* length, MPI_Datatype* /*type*/) {
  auto* terms = static_cast<std::uint64_t*>(in);
  auto* sums = static_cast<std::uint64_t*>(inout);
  for (int i = 0; i < 2 * *length; i += 2) {
    auto sum = base::ExactSum::from_words({sums[i], sums[i + 1]});
    sum.add(base::ExactSum::from_words({terms[i], terms[i + 1]}));
    const auto words = sum.words();
    sums[i] = words[0];
    sums[i + 1] = words[1];
  }
}

/// `count` as the int that MPI counts in. Throws Error(fault) when it does not fit.
int checked_int(std::size_t count) {
  if (count > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw base::fault("a message of {} elements is longer than MPI can send", count);
  }
  return static_cast<int>(count);
}

/// collective. Replaces `values` by their sums over all ranks, in parts that MPI can count.
template <typename T>
void sum_in_place(std::span<T> values, MPI_Datatype type, MPI_Comm ranks) {
  const base::Waiting waiting;
  constexpr std::size_t most = 1U << 28;  // MPI counts in int
  for (std::size_t first = 0; first < values.size(); first += most) {
    const auto part = values.subspan(first, std::min(most, values.size() - first));
    MPI_Allreduce(MPI_IN_PLACE, part.data(), static_cast<int>(part.size()), type, MPI_SUM, ranks);
  }
}

constexpr std::size_t most_in_part = 1U << 28;  ///< numbers of one message; MPI counts in int

template <typename T>
void send_in_parts(std::span<const T> numbers, MPI_Datatype type, int to, MPI_Comm ranks) {
  for (std::size_t first = 0; first < numbers.size(); first += most_in_part) {
    const auto part = numbers.subspan(first, std::min(most_in_part, numbers.size() - first));
    MPI_Send(part.data(), static_cast<int>(part.size()), type, to, 0, ranks);
  }
}

template <typename T>
void receive_in_parts(std::span<T> numbers, MPI_Datatype type, int from, MPI_Comm ranks) {
  for (std::size_t first = 0; first < numbers.size(); first += most_in_part) {
    const auto part = numbers.subspan(first, std::min(most_in_part, numbers.size() - first));
    MPI_Recv(part.data(), static_cast<int>(part.size()), type, from, 0, ranks, MPI_STATUS_IGNORE);
  }
}

/// Sends to one rank while it receives from another; either may be this one.
void exchange_in_parts(std::span<const float> sent, int to, std::span<float> received, int from, MPI_Comm ranks) {
  while (!sent.empty() || !received.empty()) {
    const auto out = sent.first(std::min(most_in_part, sent.size()));
    const auto in = received.first(std::min(most_in_part, received.size()));
    MPI_Sendrecv(out.data(), static_cast<int>(out.size()), MPI_FLOAT, out.empty() ? MPI_PROC_NULL : to, 0, in.data(),
                 static_cast<int>(in.size()), MPI_FLOAT, in.empty() ? MPI_PROC_NULL : from, 0, ranks,
                 MPI_STATUS_IGNORE);
    sent = sent.subspan(out.size());
    received = received.subspan(in.size());
  }
}

/// Runs `work` and returns the error that it throws, if any.
std::optional<base::Error> error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const base::Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return base::fault("out of memory");
  } catch (const std::exception& error) {
    return base::fault("{}", error.what());
  }
  return std::nullopt;
}

}  // namespace

Environment::Environment(int* argc, char*** argv) {
  // Open MPI's ways to share a file pointer make files beside each opened file, and lock them, where ranks are on
  // several hosts. HDF5 shares no pointer; a killed job would leave the files behind.
  setenv("OMPI_MCA_sharedfp", "^lockedfile,individual", /*overwrite=*/0);
  int provided = 0;
  MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided);
  if (provided < MPI_THREAD_MULTIPLE) {
    throw base::fault("this MPI library ({}) does not provide MPI_THREAD_MULTIPLE", mpi_version());
  }
}

Environment::~Environment() {
  MPI_Finalize();
}

Communicator::Communicator() {
  MPI_Comm_dup(MPI_COMM_WORLD, &handle_);
  MPI_Comm_rank(handle_, &rank_);
  MPI_Comm_size(handle_, &size_);
  MPI_Comm node = MPI_COMM_NULL;
  MPI_Comm_split_type(handle_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &node);
  MPI_Comm_rank(node, &node_rank_);
  MPI_Comm_free(&node);
}

Communicator::~Communicator() {
  const base::Waiting waiting;
  MPI_Comm_free(&handle_);
}

void Communicator::all_or_throw(const std::function<void()>& work) const {
  const auto own = error_of(work);
  const base::Waiting waiting;
  const int mine = own ? rank_ : size_;
  int first = size_;
  MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, handle_);
  if (first == size_) {
    return;
  }
  std::string message = own ? own->what() : "";
  int code = own ? static_cast<int>(own->code()) : 0;
  std::uint64_t length = message.size();
  MPI_Bcast(&length, 1, MPI_UINT64_T, first, handle_);
  message.resize(length);
  MPI_Bcast(message.data(), checked_int(length), MPI_CHAR, first, handle_);
  MPI_Bcast(&code, 1, MPI_INT, first, handle_);
  const std::string where = first == 0 ? "" : fmt::format("rank {}: ", first);
  throw base::Error(static_cast<base::ExitCode>(code), where + message, first);
}

void Communicator::broadcast_bytes(std::span<std::byte> bytes) const {
  const base::Waiting waiting;
  constexpr std::size_t most = 1U << 30;  // MPI counts in int
  for (std::size_t first = 0; first < bytes.size(); first += most) {
    const auto part = bytes.subspan(first, std::min(most, bytes.size() - first));
    MPI_Bcast(part.data(), static_cast<int>(part.size()), MPI_BYTE, 0, handle_);
  }
}

std::string Communicator::broadcast(const std::string& text) const {
  const auto received = broadcast(std::vector<char>(text.begin(), text.end()));
  return {received.begin(), received.end()};
}

std::vector<base::ExactSum> Communicator::reduce(const std::vector<base::ExactSum>& sums) const {
  const base::Waiting waiting;
  std::vector<std::array<std::uint64_t, 2>> mine(sums.size());
  std::transform(sums.begin(), sums.end(), mine.begin(), [](const auto& sum) { return sum.words(); });
  std::vector<std::array<std::uint64_t, 2>> total(is_root() ? sums.size() : 0);
  MPI_Datatype words = MPI_DATATYPE_NULL;
  MPI_Type_contiguous(2, MPI_UINT64_T, &words);
  MPI_Type_commit(&words);
  MPI_Op add = MPI_OP_NULL;
  MPI_Op_create(&add_exact_sums, 1, &add);
  MPI_Reduce(mine.data(), total.data(), checked_int(mine.size()), words, add, 0, handle_);
  MPI_Op_free(&add);
  MPI_Type_free(&words);
  std::vector<base::ExactSum> result(total.size());
  std::transform(total.begin(), total.end(), result.begin(), &base::ExactSum::from_words);
  return result;
}

std::vector<std::int64_t> Communicator::reduce(const std::vector<std::int64_t>& counts) const {
  const base::Waiting waiting;
  std::vector<std::int64_t> total(is_root() ? counts.size() : 0);
  MPI_Reduce(counts.data(), total.data(), checked_int(counts.size()), MPI_INT64_T, MPI_SUM, 0, handle_);
  return total;
}

void Communicator::all_reduce_sum(std::span<float> values) const {
  sum_in_place(values, MPI_FLOAT, handle_);
}

void Communicator::all_reduce_sum(std::span<double> values) const {
  sum_in_place(values, MPI_DOUBLE, handle_);
}

std::vector<std::string> Communicator::gather(const std::string& text) const {
  const base::Waiting waiting;
  const std::uint64_t length = text.size();
  std::vector<std::uint64_t> lengths(static_cast<std::size_t>(size_));
  MPI_Allgather(&length, 1, MPI_UINT64_T, lengths.data(), 1, MPI_UINT64_T, handle_);
  // Every rank knows all lengths, so that all of them throw here or none.
  std::vector<int> counts;
  std::vector<int> offsets;
  std::uint64_t total = 0;
  for (const auto each : lengths) {
    counts.push_back(checked_int(each));
    offsets.push_back(checked_int(total));
    total += each;
  }
  std::string all(is_root() ? total : 0, '\0');
  MPI_Gatherv(text.data(), counts[static_cast<std::size_t>(rank_)], MPI_CHAR, all.data(), counts.data(), offsets.data(),
              MPI_CHAR, 0, handle_);
  std::vector<std::string> texts;
  for (std::size_t rank = 0; rank < lengths.size() && is_root(); ++rank) {
    texts.push_back(all.substr(static_cast<std::size_t>(offsets[rank]), lengths[rank]));
  }
  return texts;
}

void Communicator::all_reduce_min(std::span<char> values) const {
  const base::Waiting waiting;
  for (std::size_t first = 0; first < values.size(); first += most_in_part) {
    const auto part = values.subspan(first, std::min(most_in_part, values.size() - first));
    MPI_Allreduce(MPI_IN_PLACE, part.data(), static_cast<int>(part.size()), MPI_SIGNED_CHAR, MPI_MIN, handle_);
  }
}

std::vector<float> Communicator::exchange(std::span<const float> own, const std::vector<std::uint64_t>& sent,
                                          const std::vector<std::uint64_t>& received) const {
  const base::Waiting waiting;
  const auto sum = [](const std::vector<std::uint64_t>& counts, int ranks) {
    return std::accumulate(counts.begin(), counts.begin() + ranks, std::uint64_t{0});
  };
  std::vector<float> all(sum(received, size_));
  for (int step = 0; step < size_; ++step) {
    const int to = (rank_ + step) % size_;
    const int from = (rank_ + size_ - step) % size_;
    exchange_in_parts(own.subspan(sum(sent, to), sent[static_cast<std::size_t>(to)]), to,
                      std::span(all).subspan(sum(received, from), received[static_cast<std::size_t>(from)]), from,
                      handle_);
  }
  return all;
}

std::vector<double> Communicator::gather(std::span<const double> own, const std::vector<std::uint64_t>& counts) const {
  const base::Waiting waiting;
  if (!is_root()) {
    send_in_parts(own, MPI_DOUBLE, 0, handle_);
    return {};
  }
  std::vector<double> all(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  std::copy(own.begin(), own.end(), all.begin());
  std::size_t first = counts[0];
  for (int rank = 1; rank < size_; ++rank) {
    const auto count = counts[static_cast<std::size_t>(rank)];
    receive_in_parts(std::span(all).subspan(first, count), MPI_DOUBLE, rank, handle_);
    first += count;
  }
  return all;
}

double Communicator::reduce_max(double number) const {
  const base::Waiting waiting;
  double most = 0.0;
  MPI_Reduce(&number, &most, 1, MPI_DOUBLE, MPI_MAX, 0, handle_);
  return most;
}

bool Communicator::any(bool flag) const {
  const base::Waiting waiting;
  const int mine = flag ? 1 : 0;
  int result = 0;
  MPI_Allreduce(&mine, &result, 1, MPI_INT, MPI_MAX, handle_);
  return result != 0;
}

void Communicator::abort(int exit_code) const {
  MPI_Abort(handle_, exit_code);
  std::abort();  // MPI_Abort does not return, but is not declared [[noreturn]]
}

Communicator::FileAccess Communicator::file_access() const {
  return {handle_, MPI_INFO_NULL};
}

std::string mpi_version() {
  std::string text(MPI_MAX_LIBRARY_VERSION_STRING, '\0');
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  text.resize(static_cast<std::size_t>(length));
  return base::trim(text.substr(0, text.find_first_of(",\n")));
}

}  // namespace sightline::comm

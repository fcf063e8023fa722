#include "comm/communicator.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <limits>
#include <optional>

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
  constexpr std::size_t most = 1U << 28;  // MPI counts in int
  for (std::size_t first = 0; first < values.size(); first += most) {
    const auto part = values.subspan(first, std::min(most, values.size() - first));
    MPI_Allreduce(MPI_IN_PLACE, part.data(), static_cast<int>(part.size()), type, MPI_SUM, ranks);
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
  MPI_Comm_free(&handle_);
}

void Communicator::all_or_throw(const std::function<void()>& work) const {
  const auto own = error_of(work);
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
  throw base::Error(static_cast<base::ExitCode>(code), where + message);
}

void Communicator::broadcast_bytes(std::span<std::byte> bytes) const {
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
  const int length = checked_int(text.size());
  std::vector<int> lengths(is_root() ? static_cast<std::size_t>(size_) : 0);
  MPI_Gather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, 0, handle_);
  std::vector<int> offsets(lengths.size());
  std::size_t total = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    offsets[i] = checked_int(total);
    total += static_cast<std::size_t>(lengths[i]);
  }
  std::string all(total, '\0');
  MPI_Gatherv(text.data(), length, MPI_CHAR, all.data(), lengths.data(), offsets.data(), MPI_CHAR, 0, handle_);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    texts.push_back(all.substr(static_cast<std::size_t>(offsets[i]), static_cast<std::size_t>(lengths[i])));
  }
  return texts;
}

double Communicator::reduce_max(double number) const {
  double most = 0.0;
  MPI_Reduce(&number, &most, 1, MPI_DOUBLE, MPI_MAX, 0, handle_);
  return most;
}

bool Communicator::any(bool flag) const {
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

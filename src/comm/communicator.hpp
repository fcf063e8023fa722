#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <mpi.h>

#include "base/exact_sum.hpp"

namespace sightline::comm {

/// Initialises MPI and finalises it at the end of its life. A process has exactly one, created in main.
class Environment {
 public:
  /// Requests MPI_THREAD_MULTIPLE, because WorkCounter answers requests on a thread of its own. Throws Error(fault)
  /// when the MPI library does not provide this thread level.
  Environment(int* argc, char*** argv);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
};

/// The communicator of all ranks of the job; rank 0 is the root. Member functions marked `collective` must be called by
/// every rank, in the same order. A failing MPI call aborts the job, which is MPI's default.
class Communicator {
 public:
  Communicator();   ///< collective; duplicates MPI_COMM_WORLD
  ~Communicator();  ///< collective
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_root() const { return rank_ == 0; }
  /// The rank among the ranks on the same node, counted from 0. It decides which GPU a rank uses.
  int node_rank() const { return node_rank_; }
  MPI_Comm handle() const { return handle_; }

  /// collective. Runs `work` on every rank. If it throws on any rank, every rank throws the same base::Error: that of
  /// the lowest rank that failed. The message starts with the number of this rank unless it is the root. Exceptions
  /// other than base::Error become Error(fault). `work` must not contain collective calls, or ranks may wait forever.
  void all_or_throw(const std::function<void()>& work) const;

  /// collective. Returns the root's text on every rank.
  std::string broadcast(const std::string& text) const;
  /// collective. Returns the root's value on every rank.
  template <typename T>
  requires std::is_trivially_copyable_v<T> T broadcast(T value)
  const {
    broadcast_bytes(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }
  /// collective. Returns the root's values on every rank. What the other ranks pass is ignored.
  template <typename T>
  requires(std::is_trivially_copyable_v<T> && !std::is_same_v<T, bool>) std::vector<T> broadcast(std::vector<T> values)
  const {
    values.resize(broadcast(values.size()));
    broadcast_bytes(std::as_writable_bytes(std::span(values)));
    return values;
  }

  /// collective. Returns the elementwise sums over all ranks on the root and an empty vector on the other ranks. The
  /// vectors of all ranks must have the same length. The sums are exact.
  std::vector<base::ExactSum> reduce(const std::vector<base::ExactSum>& sums) const;
  /// collective. Returns the elementwise sums over all ranks on the root and an empty vector on the other ranks. The
  /// vectors of all ranks must have the same length.
  std::vector<std::int64_t> reduce(const std::vector<std::int64_t>& counts) const;

  /// collective. Replaces `values` on every rank by the elementwise sums over all ranks. All ranks get the same sums,
  /// whose rounding errors depend on the number of ranks. The spans of all ranks must have the same length.
  void all_reduce_sum(std::span<float> values) const;
  void all_reduce_sum(std::span<double> values) const;

  /// collective. Returns the texts of all ranks, in the order of the ranks, on the root and an empty vector on the
  /// other ranks.
  std::vector<std::string> gather(const std::string& text) const;

  /// collective. Replaces each character by the smallest of all ranks.
  void all_reduce_min(std::span<char> values) const;

  /// collective. Every rank has numbers for each rank: `own` are those for rank 0, then those for rank 1, and so on,
  /// sent[r] of them for rank r. Returns those that the ranks have for this one, in the order of the ranks: received[r]
  /// from rank r.
  std::vector<float> exchange(std::span<const float> own, const std::vector<std::uint64_t>& sent,
                              const std::vector<std::uint64_t>& received) const;
  /// collective. Returns the numbers of all ranks, in the order of the ranks, on the root and an empty vector on the
  /// other ranks. `own` has those of this rank; counts[r] is the number of rank r's and the same on every rank.
  std::vector<double> gather(std::span<const double> own, const std::vector<std::uint64_t>& counts) const;

  /// collective. Returns the largest number of all ranks on the root and 0 on the other ranks.
  double reduce_max(double number) const;

  /// collective. Returns on every rank whether the flag is set on any rank.
  bool any(bool flag) const;

  /// Ends all ranks immediately with this exit code. Meant for an error on one rank while the other ranks may be
  /// waiting for it.
  [[noreturn]] void abort(int exit_code) const;

  /// The arguments of libraries that open one file on all ranks, such as H5Pset_fapl_mpio.
  struct FileAccess {
    MPI_Comm ranks;
    MPI_Info hints;
  };
  FileAccess file_access() const;

 private:
  void broadcast_bytes(std::span<std::byte> bytes) const;

  MPI_Comm handle_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
  int node_rank_ = 0;
};

/// The name and version of the MPI library in one line.
std::string mpi_version();

}  // namespace sightline::comm

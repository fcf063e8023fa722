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

/// Starts MPI with MPI_THREAD_MULTIPLE (the work counter is served by a thread) and ends it. One per process, made in
/// main. Throws Error(fault) when the library does not provide that thread level.
class Environment {
 public:
  Environment(int* argc, char*** argv);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
};

/// All ranks of the job. Every member function marked `collective` must be called by every rank in the same order.
class Communicator {
 public:
  Communicator();   ///< collective; duplicates MPI_COMM_WORLD
  ~Communicator();  ///< collective
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_root() const { return rank_ == 0; }
  /// Rank among those on the same node: the rule that binds ranks to GPUs.
  int node_rank() const { return node_rank_; }
  MPI_Comm handle() const { return handle_; }

  /// collective. Runs `work` on every rank; if it throws on any, every rank throws one and the same base::Error: that
  /// of the lowest rank that failed, its number in front of the text when it is not the root. Exceptions other than
  /// base::Error become Error(fault). No rank is left waiting, as long as `work` itself contains no collective call.
  void all_or_throw(const std::function<void()>& work) const;

  /// collective. The root's text on every rank.
  std::string broadcast(const std::string& text) const;
  /// collective. The root's value, of any type that may be copied as bytes, on every rank.
  template <typename T>
  requires std::is_trivially_copyable_v<T> T broadcast(T value)
  const {
    broadcast_bytes(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }
  /// collective. The root's values on every rank, whatever number of values the others bring.
  template <typename T>
  requires(std::is_trivially_copyable_v<T> && !std::is_same_v<T, bool>) std::vector<T> broadcast(std::vector<T> values)
  const {
    values.resize(broadcast(values.size()));
    broadcast_bytes(std::as_writable_bytes(std::span(values)));
    return values;
  }

  /// collective. Elementwise exact sums on the root; other ranks get an empty vector. Equal length on every rank.
  std::vector<base::ExactSum> reduce(const std::vector<base::ExactSum>& sums) const;
  /// collective. Elementwise sums on the root, as above.
  std::vector<std::int64_t> reduce(const std::vector<std::int64_t>& counts) const;

  /// collective. Elementwise sums in place, the same on every rank; in floating point, so only to rounding the same for
  /// other numbers of ranks.
  void sum(std::span<float> values) const;
  void sum(std::span<double> values) const;

  /// collective. Every rank's text, by rank, on the root; other ranks get an empty vector.
  std::vector<std::string> gather(const std::string& text) const;

  /// collective. The largest of all ranks' numbers, on the root; elsewhere 0.
  double largest(double number) const;

  /// collective. Whether the flag is set on any rank.
  bool any(bool flag) const;

  /// Ends all ranks at once with this exit code: for an error that other ranks do not know of and may wait for.
  [[noreturn]] void abort(int exit_code) const;

  /// What a library needs that opens a file on all ranks together.
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

/// Name and version of the MPI library, in one line.
std::string mpi_version();

}  // namespace sightline::comm

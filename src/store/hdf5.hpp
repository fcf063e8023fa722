#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <hdf5.h>

#include "comm/communicator.hpp"
#include "store/posix_file.hpp"

/// Owning wrappers over the few parts of HDF5 that Sightline uses. Every failure throws base::Error with the file, the
/// object and HDF5's own message; nothing is printed by HDF5.
namespace sightline::store {

/// An HDF5 identifier that is closed at the end of its life.
class Handle {
 public:
  Handle() = default;
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : id_(other.id_), close_(other.close_) { other.id_ = -1; }
  Handle& operator=(Handle&& other) noexcept;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  hid_t id() const { return id_; }
  bool valid() const { return id_ >= 0; }
  void reset();

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

using Extent = std::vector<std::uint64_t>;

/// An IEEE 754 binary16 number; half.hpp makes floats of it.
struct Half {
  std::uint16_t bits = 0;
};
/// Its HDF5 type, little endian: numpy's float16.
hid_t half_type();

/// Rows of a dataset, read and written independently of other ranks. T: float, double, std::int32_t, std::int64_t,
/// std::uint32_t, std::uint16_t, Half; HDF5 converts from and to the stored type. A row is everything behind the first
/// extent.
class Dataset {
 public:
  /// `plain`: rows whose stored type is that of the memory are written by it where the dataset lies; null = by HDF5.
  Dataset(Handle handle, std::string name, std::shared_ptr<const PosixFile> posix = nullptr);

  const Extent& extent() const { return extent_; }
  std::uint64_t rows() const { return extent_.empty() ? 1 : extent_[0]; }
  std::uint64_t row_size() const;  ///< elements
  bool is_half() const;            ///< whether it holds float16

  template <typename T>
  std::vector<T> read() const {
    return read_rows<T>(0, rows());
  }
  template <typename T>
  std::vector<T> read_rows(std::uint64_t first, std::uint64_t count) const;
  template <typename T>
  void write_rows(std::uint64_t first, std::uint64_t count, const T* values) const;

  std::vector<std::string> read_strings() const;

 private:
  void check_rows(std::uint64_t first, std::uint64_t count) const;
  Handle rows_selection(std::uint64_t first, std::uint64_t count) const;

  Handle handle_;
  std::string name_;
  Extent extent_;
  Handle type_;  ///< as stored
  std::shared_ptr<const PosixFile> posix_;
  std::uint64_t offset_ = 0;  ///< of the first row in the file, for posix_
};

class File {
 public:
  /// An existing file is replaced.
  static File create(const std::filesystem::path& path);
  /// Throws Error(input) when it is not an HDF5 file or damaged.
  static File open_to_read(const std::filesystem::path& path);
  static File open_to_change(const std::filesystem::path& path);
  /// collective over `ranks`, through MPI-IO, for reading and raw writes; rows are written plainly where PosixFile can.
  static File open_parallel(const std::filesystem::path& path, const comm::Communicator& ranks);

  bool exists(const std::string& path) const;
  /// Names in a group, sorted.
  std::vector<std::string> list(const std::string& group) const;

  /// Parents are made as needed.
  void create_group(const std::string& path);
  /// Contiguous, allocated at once. `fill_zero`: zeroed, otherwise left as the file system gives it.
  void create_dataset(const std::string& path, hid_t type, const Extent& extent, bool fill_zero);
  void create_strings(const std::string& path, const std::vector<std::string>& texts);
  Dataset dataset(const std::string& path) const;

  void set_attribute(const std::string& object, const std::string& name, const std::string& text);
  void set_attribute(const std::string& object, const std::string& name, std::int64_t number);
  void set_attribute(const std::string& object, const std::string& name, const std::vector<double>& numbers);
  std::vector<std::string> list_attributes(const std::string& object) const;
  bool has_attribute(const std::string& object, const std::string& name) const;
  std::string text_attribute(const std::string& object, const std::string& name) const;
  std::int64_t integer_attribute(const std::string& object, const std::string& name) const;
  std::vector<double> numbers_attribute(const std::string& object, const std::string& name) const;

  void flush();
  /// Flushes and closes; throws Error(fault) when the data cannot be written.
  void close();

  const std::filesystem::path& path() const { return path_; }

 private:
  File(std::filesystem::path path, Handle handle, std::shared_ptr<const PosixFile> posix = nullptr)
      : path_(std::move(path)), handle_(std::move(handle)), posix_(std::move(posix)) {}
  Handle open_object(const std::string& object) const;
  Handle open_attribute(const std::string& object, const std::string& name) const;

  std::filesystem::path path_;
  Handle handle_;
  std::shared_ptr<const PosixFile> posix_;
};

/// "1.10.8"
std::string hdf5_version();

}  // namespace sightline::store

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <hdf5.h>

#include "comm/communicator.hpp"
#include "store/posix_file.hpp"

/// Owning wrappers of the parts of HDF5 that Sightline uses. Every failure throws base::Error with the file, the object
/// and HDF5's own message; HDF5 itself prints nothing. Paths of objects in a file are absolute, with '/' between
/// groups.
namespace sightline::store {

/// Owns an HDF5 identifier and closes it by `close` when it is destroyed.
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

/// The number of elements in each dimension; a dataset of one number has no dimension.
using Extent = std::vector<std::uint64_t>;

/// The bits of an IEEE 754 binary16 number. half.hpp converts maps from and to floats.
struct Half {
  std::uint16_t bits = 0;
};

/// The HDF5 type of Half, little endian. It is numpy's float16.
hid_t half_type();

/// A dataset, whose rows (all elements with the same first index) are read and written by each rank independently of
/// the other ranks. The type T of the elements in memory is float, double, std::int32_t, std::int64_t, std::uint32_t,
/// std::uint16_t or Half; HDF5 converts from and to the stored type.
class Dataset {
 public:
  /// `handle` is the opened dataset, and `name` stands for it in error messages. If `posix` is not null, it writes rows
  /// that need no conversion, directly to the dataset's place in the file; HDF5 writes all others.
  Dataset(Handle handle, std::string name, std::shared_ptr<const PosixFile> posix = nullptr);

  const Extent& extent() const { return extent_; }
  /// The first extent.
  std::uint64_t rows() const { return extent_.empty() ? 1 : extent_[0]; }
  std::uint64_t row_size() const;   ///< number of elements in a row
  bool has_type(hid_t type) const;  ///< whether the stored type is this one, byte order included
  bool has_strings() const;         ///< whether the elements are texts of variable length

  /// All elements.
  template <typename T>
  std::vector<T> read() const {
    return read_rows<T>(0, rows());
  }
  /// The elements of the rows first to first + count - 1. Throws Error(fault) when there are no such rows, and
  /// Error(input) when they are no numbers or cannot be read.
  template <typename T>
  std::vector<T> read_rows(std::uint64_t first, std::uint64_t count) const;
  /// Writes the rows first to first + count - 1 from count x row_size() elements. Throws Error(fault) when there are no
  /// such rows or when they cannot be written.
  template <typename T>
  void write_rows(std::uint64_t first, std::uint64_t count, const T* values) const;

  /// All elements of a one-dimensional dataset of strings. Throws Error(input) for any other dataset.
  std::vector<std::string> read_strings() const;

 private:
  void check_rows(std::uint64_t first, std::uint64_t count) const;
  Handle rows_selection(std::uint64_t first, std::uint64_t count) const;

  Handle handle_;
  std::string name_;
  Extent extent_;
  Handle type_;  ///< the stored type
  std::shared_ptr<const PosixFile> posix_;
  std::uint64_t offset_ = 0;  ///< position of the first row in the file in bytes, for posix_
};

/// An HDF5 file.
class File {
 public:
  /// Creates a file. An existing one is replaced.
  static File create(const std::filesystem::path& path);
  /// Opens a file for reading. Throws Error(input) when it does not exist or is not an intact HDF5 file.
  static File open_to_read(const std::filesystem::path& path);
  /// Opens a file for reading and writing. Throws as open_to_read does.
  static File open_to_change(const std::filesystem::path& path);
  /// collective over `ranks`. Opens a file through MPI-IO for reading and writing rows; objects and attributes must not
  /// be created. Rows are written by PosixFile where it is available. Throws as open_to_read does.
  static File open_parallel(const std::filesystem::path& path, const comm::Communicator& ranks);

  /// Whether there is an object with this path. In a file that is opened for reading, throws Error(input) when a part
  /// of the path is a link that leads elsewhere.
  bool exists(const std::string& path) const;
  /// The names of the objects in a group, sorted. Throws Error(input) when it is no group.
  std::vector<std::string> list(const std::string& group) const;

  /// Creates a group, and its parents if they do not exist.
  void create_group(const std::string& path);
  /// Creates a contiguous dataset, and its parents if they do not exist. Its space is allocated at once. The elements
  /// are 0 if `fill_zero` is set, and undefined otherwise.
  void create_dataset(const std::string& path, hid_t type, const Extent& extent, bool fill_zero);
  /// Creates a one-dimensional dataset of strings (variable length, UTF-8).
  void create_strings(const std::string& path, const std::vector<std::string>& texts);
  /// Opens a dataset. Throws Error(input) when it does not exist, and in a file that is opened for reading also when
  /// its data are outside the file, or when it claims more data than the file has.
  Dataset dataset(const std::string& path) const;

  /// Creates an attribute of a group or dataset, which must not have one of this name.
  void set_attribute(const std::string& object, const std::string& name, const std::string& text);
  void set_attribute(const std::string& object, const std::string& name, std::int64_t number);
  void set_attribute(const std::string& object, const std::string& name, const std::vector<double>& numbers);
  /// The names of the attributes of a group or dataset, sorted.
  std::vector<std::string> list_attributes(const std::string& object) const;
  bool has_attribute(const std::string& object, const std::string& name) const;
  /// The value of an attribute. Throws Error(input) when the object or the attribute does not exist, or when it is not
  /// one text, one integer, or a list of at most 1000 numbers.
  std::string text_attribute(const std::string& object, const std::string& name) const;
  std::int64_t integer_attribute(const std::string& object, const std::string& name) const;
  std::vector<double> numbers_attribute(const std::string& object, const std::string& name) const;

  /// Writes all buffered data to the file. Throws Error(fault) when this fails.
  void flush();
  /// Flushes and closes the file. Throws Error(fault) when the data cannot be written.
  void close();

  const std::filesystem::path& path() const { return path_; }

 private:
  File(std::filesystem::path path, Handle handle, std::shared_ptr<const PosixFile> posix = nullptr)
      : path_(std::move(path)), handle_(std::move(handle)), posix_(std::move(posix)) {}
  void require_hard_link(const std::string& path) const;
  Handle open_object(const std::string& object) const;
  Handle open_attribute(const std::string& object, const std::string& name) const;

  std::filesystem::path path_;
  Handle handle_;
  std::shared_ptr<const PosixFile> posix_;
  std::uintmax_t bytes_ = 0;  ///< size of a file that is opened for reading; 0 for others
};

/// The version of the HDF5 library, such as "1.10.8".
std::string hdf5_version();

}  // namespace sightline::store

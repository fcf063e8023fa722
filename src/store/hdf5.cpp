#include "store/hdf5.hpp"

#include <algorithm>
#include <numeric>
#include <type_traits>

#include <fmt/format.h>

#include "base/error.hpp"
#include "store/hdf5_calls.hpp"

namespace sightline::store {
namespace {

/// Keeps HDF5 from printing its errors.
void quiet() {
  static const bool done = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  (void)done;
}

/// The HDF5 type of T in memory.
template <typename T>
hid_t memory_type() {
  if constexpr (std::is_same_v<T, float>) {
    return H5T_NATIVE_FLOAT;
  } else if constexpr (std::is_same_v<T, double>) {
    return H5T_NATIVE_DOUBLE;
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    return H5T_NATIVE_INT32;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return H5T_NATIVE_INT64;
  } else if constexpr (std::is_same_v<T, std::uint32_t>) {
    return H5T_NATIVE_UINT32;
  } else if constexpr (std::is_same_v<T, Half>) {
    return half_type();
  } else {
    static_assert(std::is_same_v<T, std::uint16_t>);
    return H5T_NATIVE_UINT16;
  }
}

/// The properties for opening files: the file format is at most that of HDF5 1.8, raw data is aligned to 4096 bytes,
/// and the file is not locked: the folder's lock (base::FolderLock) keeps other writers away, and NFS and Lustre may be
/// mounted without locks.
Handle access_properties() {
  quiet();
  Handle properties(H5Pcreate(H5P_FILE_ACCESS), &H5Pclose);
  H5Pset_libver_bounds(properties.id(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V18);
  H5Pset_alignment(properties.id(), 4096, 4096);
  H5Pset_file_locking(properties.id(), /*use_file_locking=*/0, /*ignore_when_disabled=*/1);
  return properties;
}

/// Properties for creating objects, without time stamps.
Handle object_properties(hid_t kind) {
  Handle properties(H5Pcreate(kind), &H5Pclose);
  H5Pset_obj_track_times(properties.id(), 0);
  return properties;
}

/// Properties for creating links whose parent groups are created if they do not exist.
Handle with_parents() {
  Handle properties(H5Pcreate(H5P_LINK_CREATE), &H5Pclose);
  H5Pset_create_intermediate_group(properties.id(), 1);
  return properties;
}

/// Throws Error(input) when a dataset is made of parts of other datasets or files.
void require_own_data(const Handle& dataset, const std::string& name) {
  const Handle creation(H5Dget_create_plist(dataset.id()), &H5Pclose);
  if (H5Pget_layout(creation.id()) == H5D_VIRTUAL || H5Pget_external_count(creation.id()) > 0) {
    throw base::input_error("{}: is made of other datasets or files; the data should be in the file itself", name);
  }
}

Extent extent_of(const Handle& space) {
  std::vector<hsize_t> extent(static_cast<std::size_t>(std::max(H5Sget_simple_extent_ndims(space.id()), 0)));
  H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr);
  return {extent.begin(), extent.end()};
}

/// Throws Error(input) when a dataset claims more data than the file can hold, which bounds what readers allocate.
/// `file_bytes`: the size of the file.
void require_fits(const Handle& dataset, std::uintmax_t file_bytes, const std::string& name) {
  constexpr double best_compression = 1100.0;  // of deflate, a little above what is possible
  const Handle space(H5Dget_space(dataset.id()), &H5Sclose);
  const Handle type(H5Dget_type(dataset.id()), &H5Tclose);
  const Handle creation(H5Dget_create_plist(dataset.id()), &H5Pclose);
  const auto extent = extent_of(space);
  const double bytes =
      std::accumulate(extent.begin(), extent.end(), static_cast<double>(H5Tget_size(type.id())),
                      [](double product, hsize_t size) { return product * static_cast<double>(size); });
  const double most = static_cast<double>(file_bytes) * (H5Pget_nfilters(creation.id()) > 0 ? best_compression : 1.0);
  if (H5Sget_simple_extent_type(space.id()) == H5S_NULL || bytes > most) {
    throw base::input_error("{}: should have {:.0f} bytes by its shape, but the whole file has {}", name, bytes,
                            file_bytes);
  }
}

Handle open_file(const std::filesystem::path& path, unsigned flags, const Handle& access) {
  const hid_t id = H5Fopen(path.c_str(), flags, access.id());
  std::error_code unknown;  // for example a loop of links, which HDF5 cannot open either
  if (id < 0 && !std::filesystem::exists(path, unknown) && !unknown) {
    throw base::input_error(
        "{}: no such file; the command that makes it has not run yet (sightline attribute, focus ...)", path.string());
  }
  if (id < 0) {
    throw base::input_error("{}: cannot be opened as an HDF5 file, it may be truncated: {}", path.string(),
                            hdf5_message());
  }
  return {id, &H5Fclose};
}

}  // namespace

hid_t half_type() {
  static const hid_t type = [] {
    const hid_t made = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(made, 15, 10, 5, 0, 10);  // sign, exponent and its bits, mantissa and its bits
    H5Tset_size(made, 2);
    H5Tset_ebias(made, 15);
    return made;
  }();
  return type;
}

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    reset();
    id_ = std::exchange(other.id_, -1);
    close_ = other.close_;
  }
  return *this;
}

void Handle::reset() {
  if (id_ >= 0) {
    close_(id_);
    id_ = -1;
  }
}

Dataset::Dataset(Handle handle, std::string name, std::shared_ptr<const PosixFile> posix)
    : handle_(std::move(handle)), name_(std::move(name)), type_(H5Dget_type(handle_.id()), &H5Tclose) {
  const Handle space(H5Dget_space(handle_.id()), &H5Sclose);
  extent_ = extent_of(space);
  // A dataset that is not allocated or is chunked has no offset; only HDF5 can write it.
  if (const auto offset = H5Dget_offset(handle_.id()); offset != HADDR_UNDEF) {
    posix_ = std::move(posix);
    offset_ = offset;
  }
  H5Eclear2(H5E_DEFAULT);
}

std::uint64_t Dataset::row_size() const {
  return extent_.empty() ? 1
                         : std::accumulate(extent_.begin() + 1, extent_.end(), std::uint64_t{1}, std::multiplies<>());
}

bool Dataset::has_type(hid_t type) const {
  return H5Tequal(type_.id(), type) > 0;
}

bool Dataset::has_strings() const {
  return H5Tis_variable_str(type_.id()) > 0;
}

void Dataset::check_rows(std::uint64_t first, std::uint64_t count) const {
  if (first + count > rows()) {
    throw base::fault("{}: rows {} to {} requested of {} rows", name_, first, first + count, rows());
  }
}

Handle Dataset::rows_selection(std::uint64_t first, std::uint64_t count) const {
  Handle space(H5Dget_space(handle_.id()), &H5Sclose);
  if (!extent_.empty()) {
    std::vector<hsize_t> start(extent_.size(), 0);
    std::vector<hsize_t> size(extent_.begin(), extent_.end());
    start[0] = first;
    size[0] = count;
    check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr), name_,
          "selecting rows");
  }
  return space;
}

template <typename T>
std::vector<T> Dataset::read_rows(std::uint64_t first, std::uint64_t count) const {
  check_rows(first, count);
  if (const auto kind = H5Tget_class(type_.id()); kind != H5T_INTEGER && kind != H5T_FLOAT) {
    throw base::input_error("{}: should hold numbers", name_);
  }
  std::vector<T> values(count * row_size());
  const auto file_space = rows_selection(first, count);
  const hsize_t length = values.size();
  const Handle memory(H5Screate_simple(1, &length, nullptr), &H5Sclose);
  if (!values.empty()) {
    check_read(H5Dread(handle_.id(), memory_type<T>(), memory.id(), file_space.id(), H5P_DEFAULT, values.data()),
               name_);
  }
  return values;
}

template <typename T>
void Dataset::write_rows(std::uint64_t first, std::uint64_t count, const T* values) const {
  check_rows(first, count);
  if (posix_ && H5Tequal(type_.id(), memory_type<T>()) > 0) {
    const auto row = row_size() * sizeof(T);
    posix_->write(offset_ + first * row, std::as_bytes(std::span(values, count * row_size())), name_);
    return;
  }
  const auto file_space = rows_selection(first, count);
  const hsize_t length = count * row_size();
  const Handle memory(H5Screate_simple(1, &length, nullptr), &H5Sclose);
  if (length > 0) {
    check(H5Dwrite(handle_.id(), memory_type<T>(), memory.id(), file_space.id(), H5P_DEFAULT, values), name_,
          "writing");
  }
}

template std::vector<float> Dataset::read_rows<float>(std::uint64_t, std::uint64_t) const;
template std::vector<double> Dataset::read_rows<double>(std::uint64_t, std::uint64_t) const;
template std::vector<std::int32_t> Dataset::read_rows<std::int32_t>(std::uint64_t, std::uint64_t) const;
template std::vector<std::int64_t> Dataset::read_rows<std::int64_t>(std::uint64_t, std::uint64_t) const;
template std::vector<std::uint32_t> Dataset::read_rows<std::uint32_t>(std::uint64_t, std::uint64_t) const;
template std::vector<std::uint16_t> Dataset::read_rows<std::uint16_t>(std::uint64_t, std::uint64_t) const;
template std::vector<Half> Dataset::read_rows<Half>(std::uint64_t, std::uint64_t) const;
template void Dataset::write_rows<float>(std::uint64_t, std::uint64_t, const float*) const;
template void Dataset::write_rows<double>(std::uint64_t, std::uint64_t, const double*) const;
template void Dataset::write_rows<std::int32_t>(std::uint64_t, std::uint64_t, const std::int32_t*) const;
template void Dataset::write_rows<std::int64_t>(std::uint64_t, std::uint64_t, const std::int64_t*) const;
template void Dataset::write_rows<std::uint32_t>(std::uint64_t, std::uint64_t, const std::uint32_t*) const;
template void Dataset::write_rows<std::uint16_t>(std::uint64_t, std::uint64_t, const std::uint16_t*) const;
template void Dataset::write_rows<Half>(std::uint64_t, std::uint64_t, const Half*) const;

std::vector<std::string> Dataset::read_strings() const {
  if (!has_strings() || extent_.size() != 1) {
    throw base::input_error("{}: should be a list of texts", name_);
  }
  const auto type = string_type();
  std::vector<char*> pointers(rows());
  std::vector<std::string> texts;
  if (pointers.empty()) {
    return texts;
  }
  check_read(H5Dread(handle_.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), name_);
  for (const char* pointer : pointers) {
    texts.emplace_back(pointer == nullptr ? "" : pointer);
  }
  const Handle space(H5Dget_space(handle_.id()), &H5Sclose);
  H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, pointers.data());
  return texts;
}

File File::create(const std::filesystem::path& path) {
  const auto access = access_properties();
  auto creation = object_properties(H5P_FILE_CREATE);
  return {path, checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), &H5Fclose, path.string(),
                        "creating")};
}

File File::open_to_read(const std::filesystem::path& path) {
  File file(path, open_file(path, H5F_ACC_RDONLY, access_properties()));
  file.bytes_ = std::filesystem::file_size(path);
  return file;
}

File File::open_to_change(const std::filesystem::path& path) {
  return {path, open_file(path, H5F_ACC_RDWR, access_properties())};
}

File File::open_parallel(const std::filesystem::path& path, const comm::Communicator& ranks) {
  const auto access = access_properties();
  const auto [handle, hints] = ranks.file_access();
  check(H5Pset_fapl_mpio(access.id(), handle, hints), path.string(), "setting up MPI-IO");
  return {path, open_file(path, H5F_ACC_RDWR, access), PosixFile::open(path)};
}

bool File::exists(const std::string& path) const {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const auto part = path.substr(0, end);
    if (H5Lexists(handle_.id(), part.c_str(), H5P_DEFAULT) <= 0) {
      H5Eclear2(H5E_DEFAULT);
      return false;
    }
    if (bytes_ > 0) {
      require_hard_link(part);
    }
    if (end == std::string::npos) {
      return true;
    }
  }
}

/// Throws Error(input) when the last part of a path leads to another object or file. For files that are opened for
/// reading: in a file of all ranks, HDF5 1.10 never ends H5Fclose when only some of them have called H5Lget_info.
void File::require_hard_link(const std::string& path) const {
  H5L_info_t link;
  if (H5Lget_info(handle_.id(), path.c_str(), &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD) {
    H5Eclear2(H5E_DEFAULT);
    throw base::input_error("{}:{}: is a link to another object or file; the data should be in the file itself",
                            path_.string(), path);
  }
}

std::vector<std::string> File::list(const std::string& group) const {
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5L_info_t*, void* data) -> herr_t {
    static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return 0;
  };
  const auto opened = open_object(group);
  if (H5Iget_type(opened.id()) != H5I_GROUP) {
    throw base::input_error("{}:{}: should be a group", path_.string(), group);
  }
  check_read(H5Literate(opened.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names),
             path_.string() + ":" + group);
  return names;
}

void File::create_group(const std::string& path) {
  const auto creation = object_properties(H5P_GROUP_CREATE);
  checked(H5Gcreate2(handle_.id(), path.c_str(), with_parents().id(), creation.id(), H5P_DEFAULT), &H5Gclose,
          path_.string() + path, "creating a group");
}

void File::create_dataset(const std::string& path, hid_t type, const Extent& extent, bool fill_zero) {
  auto creation = object_properties(H5P_DATASET_CREATE);
  H5Pset_layout(creation.id(), H5D_CONTIGUOUS);
  H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(creation.id(), fill_zero ? H5D_FILL_TIME_ALLOC : H5D_FILL_TIME_NEVER);
  const std::vector<hsize_t> sizes(extent.begin(), extent.end());
  const Handle space(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), &H5Sclose);
  checked(H5Dcreate2(handle_.id(), path.c_str(), type, space.id(), with_parents().id(), creation.id(), H5P_DEFAULT),
          &H5Dclose, path_.string() + path, "creating a dataset");
}

void File::create_strings(const std::string& path, const std::vector<std::string>& texts) {
  const auto type = string_type();
  create_dataset(path, type.id(), {texts.size()}, true);
  std::vector<const char*> pointers;
  pointers.reserve(texts.size());
  for (const auto& text : texts) {
    pointers.push_back(text.c_str());
  }
  const auto opened =
      checked(H5Dopen2(handle_.id(), path.c_str(), H5P_DEFAULT), &H5Dclose, path_.string() + path, "opening");
  if (!pointers.empty()) {
    check(H5Dwrite(opened.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), path_.string() + path,
          "writing");
  }
}

Dataset File::dataset(const std::string& path) const {
  const hid_t id = exists(path) ? H5Dopen2(handle_.id(), path.c_str(), H5P_DEFAULT) : -1;
  if (id < 0) {
    throw base::input_error("{}: has no dataset {}", path_.string(), path);
  }
  Handle handle(id, &H5Dclose);
  const auto name = path_.string() + ":" + path;
  if (bytes_ > 0) {
    require_own_data(handle, name);
    require_fits(handle, bytes_, name);
  }
  return {std::move(handle), name, posix_};
}

Handle File::open_object(const std::string& object) const {
  const hid_t id = object == "/" || exists(object) ? H5Oopen(handle_.id(), object.c_str(), H5P_DEFAULT) : -1;
  if (id < 0) {
    H5Eclear2(H5E_DEFAULT);
    throw base::input_error("{}: has no object {}", path_.string(), object);
  }
  return {id, &H5Oclose};
}

void File::flush() {
  check(H5Fflush(handle_.id(), H5F_SCOPE_GLOBAL), path_.string(), "flushing");
}

void File::close() {
  if (handle_.valid()) {
    flush();
    handle_.reset();
  }
}

std::string hdf5_version() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

}  // namespace sightline::store

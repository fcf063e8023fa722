#include "store/hdf5.hpp"

#include <algorithm>
#include <numeric>
#include <type_traits>

#include <fmt/format.h>

#include "base/error.hpp"

namespace sightline::store {
namespace {

/// The message of HDF5's last error (the innermost one of its error stack). Clears the stack.
std::string hdf5_message() {
  std::string text;
  const auto collect = [](unsigned /*depth*/, const H5E_error2_t* entry, void* data) -> herr_t {
    auto& message = *static_cast<std::string*>(data);
    if (message.empty() && entry->desc != nullptr) {
      message = entry->desc;
    }
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect, &text);
  H5Eclear2(H5E_DEFAULT);
  return text.empty() ? "HDF5 gave no reason" : text;
}

/// Keeps HDF5 from printing its errors.
void quiet() {
  static const bool done = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  (void)done;
}

/// Throws Error(fault) when an HDF5 function has returned an error. `what` names the failed operation.
void check(herr_t status, const std::string& where, const char* what) {
  if (status < 0) {
    throw base::fault("{}: {} failed: {}", where, what, hdf5_message());
  }
}

/// Takes ownership of an identifier that an HDF5 function has returned. Throws Error(fault) when it is an error.
Handle checked(hid_t id, herr_t (*close)(hid_t), const std::string& where, const char* what) {
  if (id < 0) {
    throw base::fault("{}: {} failed: {}", where, what, hdf5_message());
  }
  return {id, close};
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

Handle string_type() {
  Handle type(H5Tcopy(H5T_C_S1), &H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

/// The properties for opening files: the file format is at most that of HDF5 1.8, and raw data is aligned to 4096
/// bytes.
Handle access_properties() {
  quiet();
  Handle properties(H5Pcreate(H5P_FILE_ACCESS), &H5Pclose);
  H5Pset_libver_bounds(properties.id(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V18);
  H5Pset_alignment(properties.id(), 4096, 4096);
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
  std::vector<hsize_t> extent(static_cast<std::size_t>(std::max(H5Sget_simple_extent_ndims(space.id()), 0)));
  H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr);
  extent_.assign(extent.begin(), extent.end());
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

bool Dataset::is_half() const {
  return H5Tequal(type_.id(), half_type()) > 0;
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
  std::vector<T> values(count * row_size());
  const auto file_space = rows_selection(first, count);
  const hsize_t length = values.size();
  const Handle memory(H5Screate_simple(1, &length, nullptr), &H5Sclose);
  if (!values.empty()) {
    check(H5Dread(handle_.id(), memory_type<T>(), memory.id(), file_space.id(), H5P_DEFAULT, values.data()), name_,
          "reading");
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
  const auto type = string_type();
  std::vector<char*> pointers(rows());
  std::vector<std::string> texts;
  if (pointers.empty()) {
    return texts;
  }
  check(H5Dread(handle_.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), name_, "reading");
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
  return {path, open_file(path, H5F_ACC_RDONLY, access_properties())};
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
    if (H5Lexists(handle_.id(), path.substr(0, end).c_str(), H5P_DEFAULT) <= 0) {
      H5Eclear2(H5E_DEFAULT);
      return false;
    }
    if (end == std::string::npos) {
      return true;
    }
  }
}

std::vector<std::string> File::list(const std::string& group) const {
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5L_info_t*, void* data) -> herr_t {
    static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return 0;
  };
  const auto opened = open_object(group);
  check(H5Literate(opened.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names), path_.string(),
        "listing a group");
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
  return {Handle(id, &H5Dclose), path_.string() + ":" + path, posix_};
}

Handle File::open_object(const std::string& object) const {
  const hid_t id = H5Oopen(handle_.id(), object.c_str(), H5P_DEFAULT);
  if (id < 0) {
    throw base::input_error("{}: has no object {}: {}", path_.string(), object, hdf5_message());
  }
  return {id, &H5Oclose};
}

void File::set_attribute(const std::string& object, const std::string& name, const std::string& text) {
  const auto opened = open_object(object);
  const auto type = string_type();
  const Handle space(H5Screate(H5S_SCALAR), &H5Sclose);
  const auto attribute = checked(H5Acreate2(opened.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT),
                                 &H5Aclose, path_.string() + object, "creating an attribute");
  const char* pointer = text.c_str();
  check(H5Awrite(attribute.id(), type.id(), &pointer), path_.string() + object, "writing an attribute");
}

void File::set_attribute(const std::string& object, const std::string& name, std::int64_t number) {
  const auto opened = open_object(object);
  const Handle space(H5Screate(H5S_SCALAR), &H5Sclose);
  const auto attribute =
      checked(H5Acreate2(opened.id(), name.c_str(), H5T_STD_I64LE, space.id(), H5P_DEFAULT, H5P_DEFAULT), &H5Aclose,
              path_.string() + object, "creating an attribute");
  check(H5Awrite(attribute.id(), H5T_NATIVE_INT64, &number), path_.string() + object, "writing an attribute");
}

void File::set_attribute(const std::string& object, const std::string& name, const std::vector<double>& numbers) {
  const auto opened = open_object(object);
  const hsize_t length = numbers.size();
  const Handle space(H5Screate_simple(1, &length, nullptr), &H5Sclose);
  const auto attribute =
      checked(H5Acreate2(opened.id(), name.c_str(), H5T_IEEE_F64LE, space.id(), H5P_DEFAULT, H5P_DEFAULT), &H5Aclose,
              path_.string() + object, "creating an attribute");
  check(H5Awrite(attribute.id(), H5T_NATIVE_DOUBLE, numbers.data()), path_.string() + object, "writing an attribute");
}

std::vector<std::string> File::list_attributes(const std::string& object) const {
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5A_info_t*, void* data) -> herr_t {
    static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return 0;
  };
  const auto opened = open_object(object);
  check(H5Aiterate2(opened.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names), path_.string(),
        "listing attributes");
  return names;
}

bool File::has_attribute(const std::string& object, const std::string& name) const {
  return H5Aexists(open_object(object).id(), name.c_str()) > 0;
}

Handle File::open_attribute(const std::string& object, const std::string& name) const {
  const auto opened = open_object(object);
  const hid_t id = H5Aopen(opened.id(), name.c_str(), H5P_DEFAULT);
  if (id < 0) {
    H5Eclear2(H5E_DEFAULT);
    throw base::input_error("{}: {} has no attribute '{}'", path_.string(), object, name);
  }
  return {id, &H5Aclose};
}

std::string File::text_attribute(const std::string& object, const std::string& name) const {
  const auto attribute = open_attribute(object, name);
  const auto type = string_type();
  char* pointer = nullptr;
  check(H5Aread(attribute.id(), type.id(), &pointer), path_.string() + object, "reading an attribute");
  std::string text = pointer == nullptr ? "" : pointer;
  H5free_memory(pointer);
  return text;
}

std::int64_t File::integer_attribute(const std::string& object, const std::string& name) const {
  std::int64_t number = 0;
  check(H5Aread(open_attribute(object, name).id(), H5T_NATIVE_INT64, &number), path_.string() + object,
        "reading an attribute");
  return number;
}

std::vector<double> File::numbers_attribute(const std::string& object, const std::string& name) const {
  const auto attribute = open_attribute(object, name);
  const Handle space(H5Aget_space(attribute.id()), &H5Sclose);
  std::vector<double> numbers(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.id())));
  check(H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, numbers.data()), path_.string() + object, "reading an attribute");
  return numbers;
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

#include "base/error.hpp"
#include "store/hdf5.hpp"
#include "store/hdf5_calls.hpp"

namespace sightline::store {
namespace {

/// The number of elements of an attribute.
std::int64_t count_of(const Handle& attribute) {
  const Handle space(H5Aget_space(attribute.id()), &H5Sclose);
  return H5Sget_simple_extent_npoints(space.id());
}

H5T_class_t class_of(const Handle& attribute) {
  const Handle type(H5Aget_type(attribute.id()), &H5Tclose);
  return H5Tget_class(type.id());
}

/// Throws Error(input) unless an attribute is what it should be.
void require(bool good, const std::filesystem::path& file, const std::string& object, const std::string& name,
             const char* wanted) {
  if (!good) {
    throw base::input_error("{}:{}: the attribute '{}' should be {}", file.string(), object, name, wanted);
  }
}

}  // namespace

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
  check_read(H5Aiterate2(opened.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names),
             path_.string() + ":" + object);
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
  const Handle stored(H5Aget_type(attribute.id()), &H5Tclose);
  require(count_of(attribute) == 1 && H5Tis_variable_str(stored.id()) > 0, path_, object, name, "one text");
  const auto type = string_type();
  char* pointer = nullptr;
  check_read(H5Aread(attribute.id(), type.id(), &pointer), path_.string() + ":" + object);
  std::string text = pointer == nullptr ? "" : pointer;
  H5free_memory(pointer);
  return text;
}

std::int64_t File::integer_attribute(const std::string& object, const std::string& name) const {
  const auto attribute = open_attribute(object, name);
  require(count_of(attribute) == 1 && class_of(attribute) == H5T_INTEGER, path_, object, name, "one integer");
  std::int64_t number = 0;
  check_read(H5Aread(attribute.id(), H5T_NATIVE_INT64, &number), path_.string() + ":" + object);
  return number;
}

std::vector<double> File::numbers_attribute(const std::string& object, const std::string& name) const {
  constexpr std::int64_t most = 1000;
  const auto attribute = open_attribute(object, name);
  const auto count = count_of(attribute);
  const auto kind = class_of(attribute);
  require(count <= most && (kind == H5T_INTEGER || kind == H5T_FLOAT), path_, object, name, "a list of numbers");
  std::vector<double> numbers(static_cast<std::size_t>(count));
  check_read(H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, numbers.data()), path_.string() + ":" + object);
  return numbers;
}

}  // namespace sightline::store

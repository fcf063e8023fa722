#include "store/hdf5_calls.hpp"

#include "base/error.hpp"

namespace sightline::store {

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

void check(herr_t status, const std::string& where, const char* what) {
  if (status < 0) {
    throw base::fault("{}: {} failed: {}", where, what, hdf5_message());
  }
}

void check_read(herr_t status, const std::string& where) {
  if (status < 0) {
    throw base::input_error("{}: cannot be read, the file may be damaged: {}", where, hdf5_message());
  }
}

Handle checked(hid_t id, herr_t (*close)(hid_t), const std::string& where, const char* what) {
  if (id < 0) {
    throw base::fault("{}: {} failed: {}", where, what, hdf5_message());
  }
  return {id, close};
}

Handle string_type() {
  Handle type(H5Tcopy(H5T_C_S1), &H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

}  // namespace sightline::store

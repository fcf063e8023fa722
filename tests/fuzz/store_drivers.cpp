// Drivers for stores (explanations.h5). Bytes that libFuzzer makes up are no HDF5 file, so both drivers take them as
// changes to a good store.

#include <array>

#include "base/file.hpp"
#include "drivers.hpp"
#include "small_store.hpp"
#include "store/explanations.hpp"
#include "store/hdf5_calls.hpp"
#include "temporary_folder.hpp"

namespace sightline::fuzz {
namespace {

namespace fs = std::filesystem;

/// Reads all that commands read: the plan, the states, and the content of every record that is good.
void read_everything(const fs::path& path) {
  const auto store = store::Explanations::open_to_read(path);
  store::plan_of(store);
  for (const auto& model : store.models()) {
    store.verify(model, "");
    for (const auto& method : store.methods(model)) {
      const auto status = store.status(model, method);
      for (std::uint64_t image = 0; image < status.size(); ++image) {
        store.good_map(model, method, image, status[image]);
        store.good_prediction(model, image);
      }
    }
  }
}

/// The bytes as a source of choices; zeros when they are used up.
class Choices {
 public:
  explicit Choices(Bytes bytes) : bytes_(bytes) {}
  bool left() const { return !bytes_.empty(); }
  std::uint8_t next() {
    if (bytes_.empty()) {
      return 0;
    }
    const auto first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  /// An element of a list.
  template <typename List>
  const auto& of(const List& list) {
    return list[next() % list.size()];
  }

 private:
  Bytes bytes_;
};

using store::Handle;

/// The paths of all groups and datasets of a file.
std::vector<std::string> objects_of(hid_t file) {
  std::vector<std::string> paths;
  H5Ovisit(
      file, H5_INDEX_NAME, H5_ITER_NATIVE,
      [](hid_t, const char* name, const H5O_info_t*, void* list) {
        static_cast<std::vector<std::string>*>(list)->emplace_back(name);
        return 0;
      },
      &paths);
  return paths;
}

/// A dataspace: a scalar, an empty one, or small to absurd sizes.
Handle make_space(Choices& choices) {
  static const std::array<hsize_t, 8> sizes = {0, 1, 2, 3, 5, 8, 65536, 10'000'000'000};
  const std::array<hsize_t, 4> extent = {choices.of(sizes), choices.of(sizes), choices.of(sizes), choices.of(sizes)};
  const int rank = choices.next() % 5;
  return {rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, extent.data(), nullptr), &H5Sclose};
}

hid_t choose_type(Choices& choices) {
  static const std::vector<hid_t> types = {H5T_NATIVE_FLOAT,  H5T_NATIVE_DOUBLE, H5T_NATIVE_INT32, H5T_NATIVE_UINT32,
                                           H5T_NATIVE_UINT16, H5T_NATIVE_INT64,  H5T_NATIVE_INT8,  H5T_C_S1};
  return choices.of(types);
}

void change_attribute(hid_t object, Choices& choices) {
  static const std::vector<std::string> names = {"format",      "version",    "job",        "kind",    "batch",
                                                 "superpixels", "mean",       "input_size", "std",     "layer",
                                                 "text",        "image_root", "program",    "timm_id", "weights"};
  const auto& name = choices.of(names);
  H5Adelete(object, name.c_str());
  if (choices.next() % 4 == 0) {
    return;
  }
  const auto space = make_space(choices);
  const auto type = choose_type(choices);
  if (H5Sget_simple_extent_npoints(space.id()) > 4096) {
    return;  // an attribute of HDF5 has at most 64 KB
  }
  const Handle attribute(H5Acreate2(object, name.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT), &H5Aclose);
  const std::vector<std::uint8_t> values(65536, choices.next());
  if (attribute.valid()) {
    H5Awrite(attribute.id(), type, values.data());
  }
}

void replace_dataset(hid_t file, const std::string& path, Choices& choices) {
  H5Ldelete(file, path.c_str(), H5P_DEFAULT);
  const auto space = make_space(choices);
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), &H5Pclose);
  if (choices.next() % 4 == 0) {
    H5Pset_external(properties.id(), "/etc/hostname", 0, H5F_UNLIMITED);
  }
  const Handle made(
      H5Dcreate2(file, path.c_str(), choose_type(choices), space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
      &H5Dclose);
}

void relink(hid_t file, const std::string& path, const std::string& other, Choices& choices) {
  H5Ldelete(file, path.c_str(), H5P_DEFAULT);
  switch (choices.next() % 4) {
    case 0:
      H5Lcreate_soft(other.c_str(), file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    case 1:
      H5Lcreate_external("/nowhere.h5", other.c_str(), file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    case 2:
      H5Lcreate_hard(file, other.c_str(), file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    default:
      break;  // stays away
  }
}

void overwrite(hid_t file, const std::string& path, Choices& choices) {
  constexpr std::size_t most = 1U << 20U;
  const Handle dataset(H5Dopen2(file, path.c_str(), H5P_DEFAULT), &H5Dclose);
  if (!dataset.valid()) {
    return;
  }
  const Handle type(H5Dget_type(dataset.id()), &H5Tclose);
  const Handle space(H5Dget_space(dataset.id()), &H5Sclose);
  const auto numbers = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.id()));
  if (H5Tis_variable_str(type.id()) == 0 && numbers <= most / H5Tget_size(type.id())) {
    const std::vector<std::uint8_t> values(most, choices.next());
    H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  }
}

void change(hid_t file, Choices& choices) {
  const auto objects = objects_of(file);
  const auto path = choices.of(objects);
  const Handle object(H5Oopen(file, path.c_str(), H5P_DEFAULT), &H5Oclose);
  const bool is_dataset = object.valid() && H5Iget_type(object.id()) == H5I_DATASET;
  switch (choices.next() % 4) {
    case 0:
      change_attribute(object.id(), choices);
      break;
    case 1:
      is_dataset ? replace_dataset(file, path, choices) : change_attribute(object.id(), choices);
      break;
    case 2:
      relink(file, path, choices.of(objects), choices);
      break;
    default:
      is_dataset ? overwrite(file, path, choices) : change_attribute(object.id(), choices);
      break;
  }
}

/// The bytes of a good store without records.
const std::vector<std::uint8_t>& good_store() {
  static const auto bytes = [] {
    const tests::TemporaryFolder folder;
    store::prepare_store(folder / "good.h5", tests::small_store_plan());
    return base::read_bytes(folder / "good.h5");
  }();
  return bytes;
}

}  // namespace

void read_edited_store(Bytes bytes) {
  auto edited = good_store();
  Choices choices(bytes);
  while (choices.left()) {
    const auto offset = std::size_t{choices.next()} << 16U | std::size_t{choices.next()} << 8U | choices.next();
    edited[offset % edited.size()] = choices.next();
  }
  read_everything(as_file(edited, "edited.h5"));
}

void read_changed_store(Bytes bytes) {
  const auto copy = as_file(good_store(), "changed.h5");
  Choices choices(bytes);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  {
    const Handle file(H5Fopen(copy.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), &H5Fclose);
    for (int changes = 0; choices.left() && changes < 8; ++changes) {
      change(file.id(), choices);
    }
  }
  read_everything(copy);
}

}  // namespace sightline::fuzz

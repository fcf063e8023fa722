/// Stores whose attributes, types, shapes and links are not as the schema says: every reader refuses them.
#include "store/layout.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "small_store.hpp"
#include "store/schema.hpp"
#include "temporary_folder.hpp"

namespace sightline::store {
namespace {

/// A store that one test damages.
class Foreign {
 public:
  Foreign() { prepare_store(path(), tests::small_store_plan()); }

  std::filesystem::path path() const { return folder_ / "explanations.h5"; }

  /// Opens the file, so that `change` can damage it by HDF5's own functions.
  void damage(const std::function<void(hid_t)>& change) const {
    const Handle file(H5Fopen(path().c_str(), H5F_ACC_RDWR, H5P_DEFAULT), &H5Fclose);
    ASSERT_TRUE(file.valid());
    change(file.id());
  }

  /// The message with which the store is refused; empty when it is not.
  std::string refusal() const {
    try {
      plan_of(Explanations::open_to_read(path()));
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::ExitCode::input) << error.what();
      return error.what();
    }
    return "";
  }

 private:
  tests::TemporaryFolder folder_;
};

using Sizes = std::vector<hsize_t>;

Handle space_of(const Sizes& sizes) {
  return {
      sizes.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
      &H5Sclose};
}

/// Replaces a dataset by an empty one of another type or shape.
void replace(hid_t file, const std::string& path, hid_t type, const Sizes& sizes,
             const std::function<void(hid_t)>& change_properties = {}) {
  H5Ldelete(file, path.c_str(), H5P_DEFAULT);
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), &H5Pclose);
  if (change_properties) {
    change_properties(properties.id());
  }
  const Handle made(
      H5Dcreate2(file, path.c_str(), type, space_of(sizes).id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT), &H5Dclose);
  ASSERT_TRUE(made.valid()) << path;
}

void replace_attribute(hid_t file, const std::string& object, const std::string& name, hid_t type, const Sizes& sizes) {
  const Handle opened(H5Oopen(file, object.c_str(), H5P_DEFAULT), &H5Oclose);
  if (H5Aexists(opened.id(), name.c_str()) > 0) {
    H5Adelete(opened.id(), name.c_str());
  }
  const Handle made(H5Acreate2(opened.id(), name.c_str(), type, space_of(sizes).id(), H5P_DEFAULT, H5P_DEFAULT),
                    &H5Aclose);
  const std::vector<double> numbers(100, 7.0);
  ASSERT_GE(H5Awrite(made.id(), H5Tget_class(type) == H5T_STRING ? type : H5T_NATIVE_DOUBLE, numbers.data()), 0);
}

TEST(Layout, AStoreAsItIsPlannedIsAccepted) {
  EXPECT_EQ(Foreign().refusal(), "");
}

TEST(Layout, DatasetsOfOtherShapesAndTypesAreRefused) {
  struct Case {
    std::string path;
    hid_t type;
    Sizes sizes;
  };
  const std::string model = "/models/M/";
  const Handle compound(H5Tcreate(H5T_COMPOUND, 8), &H5Tclose);
  H5Tinsert(compound.id(), "x", 0, H5T_IEEE_F64LE);
  for (const auto& [path, type, sizes] : std::vector<Case>{
           {"/images/path", H5T_STD_I32LE, {2}},
           {"/images/label", H5T_STD_I32LE, {}},
           {"/images/label", H5T_STD_I32LE, {3}},
           {"/images/label", H5T_STD_I32LE, {2, 2}},
           {"/images/label", compound.id(), {2}},
           {model + "logits", H5T_IEEE_F32LE, {6}},
           {model + "logits", H5T_IEEE_F32LE, {}},
           {model + "logits", H5T_IEEE_F32LE, {2, 0}},
           {model + "logits", H5T_IEEE_F32LE, {1, 3}},
           {model + "logits", H5T_IEEE_F64LE, {2, 3}},
           {model + "prediction", H5T_STD_I32LE, {1}},
           {model + "prediction", H5T_IEEE_F32LE, {2}},
           {model + "probability", H5T_IEEE_F32LE, {2, 2}},
           {model + "status", H5T_STD_U32LE, {}},
           {model + "status", H5T_STD_U32LE, {1}},
           {model + "gradcam/values", H5T_IEEE_F32LE, {2}},
           {model + "gradcam/values", H5T_IEEE_F32LE, {}},
           {model + "gradcam/values", H5T_IEEE_F32LE, {2, 4}},
           {model + "gradcam/values", H5T_IEEE_F32LE, {2, 2, 2, 2}},
           {model + "gradcam/values", H5T_IEEE_F32LE, {1, 2, 2}},
           {model + "gradcam/values", H5T_IEEE_F32BE, {2, 2, 2}},
           {model + "gradcam/values", H5T_STD_I32LE, {2, 2, 2}},
           {model + "gradcam/target", H5T_STD_I32LE, {1}},
           {model + "gradcam/status", H5T_STD_U32LE, {3}},
           {model + "gradcam/status", H5T_IEEE_F32LE, {2}},
           {model + "saliency/scale", H5T_IEEE_F32LE, {1}},
           {model + "kernelshap/values", H5T_IEEE_F32LE, {2, 5, 5}},
           {model + "kernelshap/r2", H5T_IEEE_F32LE, {}},
           {model + "kernelshap/standard_error", H5T_IEEE_F32LE, {1, 5}},
           {"/superpixels/slic5-8", H5T_STD_U16LE, {128}},
           {"/superpixels/slic5-8", H5T_STD_U16LE, {2, 64}},
           {"/superpixels/slic5-8", H5T_STD_U16LE, {1, 8, 8}},
           {"/superpixels/slic5-8", H5T_IEEE_F32LE, {2, 8, 8}},
           {"/superpixel_status/slic5-8", H5T_STD_U32LE, {1}},
           {"/superpixel_status/slic5-8", H5T_STD_U16LE, {2}},
       }) {
    const Foreign store;
    store.damage([&, &path = path, type = type, &sizes = sizes](hid_t file) { replace(file, path, type, sizes); });
    EXPECT_NE(store.refusal().find(path), std::string::npos) << path << ": " << store.refusal();
  }
}

TEST(Layout, AttributesThatAreNotOneTextOrNumberAreRefused) {
  const Handle fixed_text(H5Tcopy(H5T_C_S1), &H5Tclose);
  H5Tset_size(fixed_text.id(), 8);
  const std::string method = "/models/M/gradcam";
  for (const auto& [object, name] :
       std::vector<std::pair<std::string, std::string>>{{"/", "format"},
                                                        {"/", "version"},
                                                        {"/", "batch"},
                                                        {"/", "job"},
                                                        {"/", "program"},
                                                        {"/images", "root"},
                                                        {"/models/M", "input_size"},
                                                        {"/models/M", "timm_id"},
                                                        {method, "kind"},
                                                        {method, "layer"},
                                                        {"/models/M/kernelshap", "superpixels"}}) {
    for (const hid_t type : {hid_t{H5T_IEEE_F64LE}, fixed_text.id()}) {
      const Foreign store;
      store.damage(
          [&, &object = object, &name = name](hid_t file) { replace_attribute(file, object, name, type, {9}); });
      EXPECT_NE(store.refusal().find("'" + name + "'"), std::string::npos) << name << ": " << store.refusal();
    }
  }
  for (const std::string name : {"mean", "std"}) {
    const Foreign store;
    store.damage([&](hid_t file) { replace_attribute(file, "/models/M", name, H5T_IEEE_F64LE, {7}); });
    EXPECT_NE(store.refusal().find("as many numbers in mean as in std"), std::string::npos) << store.refusal();
  }
}

TEST(Layout, DataOutsideTheFileAreRefused) {
  const std::string path = "/models/M/logits";
  {
    const Foreign store;
    store.damage([&](hid_t file) {
      replace(file, path, H5T_IEEE_F32LE, {2, 3},
              [](hid_t properties) { H5Pset_external(properties, "/etc/passwd", 0, 24); });
    });
    EXPECT_NE(store.refusal().find(path), std::string::npos) << store.refusal();
  }
  {
    const Foreign store;  // a dataset that is made of itself
    store.damage([&](hid_t file) {
      replace(file, path, H5T_IEEE_F32LE, {2, 3}, [&](hid_t properties) {
        const auto space = space_of({2, 3});
        H5Pset_virtual(properties, space.id(), ".", path.c_str(), space.id());
      });
    });
    EXPECT_NE(store.refusal().find(path), std::string::npos) << store.refusal();
  }
  for (const bool external : {false, true}) {
    for (const std::string& link :
         {path, std::string("/models/M/gradcam"), std::string("/models/M"), std::string("/images")}) {
      const Foreign store;
      store.damage([&](hid_t file) {
        H5Ldelete(file, link.c_str(), H5P_DEFAULT);
        ASSERT_GE(external ? H5Lcreate_external("other.h5", link.c_str(), file, link.c_str(), H5P_DEFAULT, H5P_DEFAULT)
                           : H5Lcreate_soft(link.c_str(), file, link.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                  0);
      });
      EXPECT_NE(store.refusal().find(link + ": is a link"), std::string::npos) << store.refusal();
    }
  }
}

TEST(Layout, SizesThatTheFileCannotHoldAreRefusedBeforeMemoryIsAllocated) {
  for (const std::string path :
       {"/images/label", "/models/M/logits", "/models/M/gradcam/values", "/superpixels/slic5-8"}) {
    for (const bool compressed : {false, true}) {
      const Foreign store;
      const hsize_t rows = 1'000'000'000'000;
      const Sizes sizes = path == "/images/label"      ? Sizes{rows}
                          : path == "/models/M/logits" ? Sizes{2, rows}
                                                       : Sizes{2, rows, 8};
      store.damage([&](hid_t file) {
        replace(file, path, H5T_IEEE_F32LE, sizes, [&](hid_t properties) {
          if (compressed) {
            const Sizes chunk(sizes.size(), 2);
            H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
            H5Pset_deflate(properties, 9);
          }
        });
      });
      EXPECT_NE(store.refusal().find(path + ": should have"), std::string::npos) << store.refusal();
    }
  }
}

TEST(Layout, LabelMapsWithoutChecksumsAreRead) {
  const Foreign store;  // files of earlier versions have none
  store.damage([](hid_t file) { H5Ldelete(file, schema::superpixel_status, H5P_DEFAULT); });
  EXPECT_EQ(store.refusal(), "");
  prepare_store(store.path(), tests::small_store_plan());
  EXPECT_TRUE(File::open_to_read(store.path()).exists(schema::superpixel_checksums("slic5-8")));
}

}  // namespace
}  // namespace sightline::store

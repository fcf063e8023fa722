#include "store/explanations.hpp"

#include <cmath>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "store/schema.hpp"
#include "temporary_folder.hpp"

namespace sightline::store {
namespace {

using State = Explanations::RecordState;

StorePlan small_plan() {
  StorePlan plan{"job", "test", "/photos", {"a.jpg", "b.jpg"}, {0, 1}, {}};
  ModelPlan model;
  model.name = "ResNet18";
  model.attributes = {{schema::timm_id, "resnet18d.ra2_in1k"},
                      {schema::weights, "synthetic:1"},
                      {schema::weights_sha256, "x"},
                      {schema::transforms, "common"}};
  model.input_size = 224;
  model.mean = model.std = {0.5, 0.5, 0.5};
  model.classes = 3;
  model.methods = {{"gradcam", "grid", {{"layer", "layer4.1"}}, {2, 2}}};
  plan.models = {model};
  return plan;
}

const std::vector<float> logits = {0.5F, 2.0F, -1.0F};
const std::vector<float> map = {1.0F, 2.0F, 3.0F, 4.0F};

/// Only one process: opening for all ranks needs MPI, so records are written through the datasets.
void write_records(const std::filesystem::path& path, std::uint64_t image) {
  auto file = File::open_to_change(path);
  const auto group = schema::method_group("ResNet18", "gradcam") + "/";
  const std::int32_t target = 1;
  const auto status = status_of(MapRecord{map, target});
  file.dataset(group + schema::values).write_rows(image, 1, map.data());
  file.dataset(group + schema::target).write_rows(image, 1, &target);
  file.dataset(group + schema::status).write_rows(image, 1, &status);
  file.close();
}

TEST(Store, HoldsWhatWasPlannedAndKnowsWhatIsMissing) {
  const tests::TemporaryFolder folder;
  prepare_store(folder / "s.h5", small_plan());
  write_records(folder / "s.h5", 1);
  const auto store = Explanations::open_to_read(folder / "s.h5");
  EXPECT_EQ(store.images(), 2U);
  EXPECT_EQ(store.image_paths(), (std::vector<std::string>{"a.jpg", "b.jpg"}));
  EXPECT_EQ(store.models(), std::vector<std::string>{"ResNet18"});
  EXPECT_EQ(store.methods("ResNet18"), std::vector<std::string>{"gradcam"});
  EXPECT_EQ(store.verify("ResNet18", "gradcam"), (std::vector<State>{State::missing, State::good}));
  EXPECT_EQ(store.verify("ResNet18", ""), (std::vector<State>{State::missing, State::missing}));
}

TEST(Store, TellsAPredictionOfLogitsThatAreNotFinite) {
  const tests::TemporaryFolder folder;
  prepare_store(folder / "s.h5", small_plan());
  {
    auto file = File::open_to_change(folder / "s.h5");
    const auto group = schema::model_group("ResNet18") + "/";
    const std::vector<float> undefined = {0.5F, NAN, -1.0F};
    const PredictionRecord record{undefined, -1, NAN};
    const auto status = status_of(record);
    file.dataset(group + schema::logits).write_rows(1, 1, undefined.data());
    file.dataset(group + schema::prediction).write_rows(1, 1, &record.prediction);
    file.dataset(group + schema::probability).write_rows(1, 1, &record.probability);
    file.dataset(group + schema::status).write_rows(1, 1, &status);
    file.close();
  }
  EXPECT_EQ(Explanations::open_to_read(folder / "s.h5").verify("ResNet18", ""),
            (std::vector<State>{State::missing, State::nonfinite}));
}

TEST(Store, FindsACorruptRecord) {
  const tests::TemporaryFolder folder;
  prepare_store(folder / "s.h5", small_plan());
  write_records(folder / "s.h5", 0);
  {
    auto file = File::open_to_change(folder / "s.h5");
    const std::vector<float> flipped = {1.0F, 2.0F, 3.0F, 4.5F};
    file.dataset(schema::method_group("ResNet18", "gradcam") + "/" + schema::values).write_rows(0, 1, flipped.data());
    file.close();
  }
  EXPECT_EQ(Explanations::open_to_read(folder / "s.h5").verify("ResNet18", "gradcam")[0], State::corrupt);
}

TEST(Store, KnowsARecordWhoseSuperpixelsAreDamaged) {
  const tests::TemporaryFolder folder;
  auto plan = small_plan();
  plan.models[0].methods = {{"lime", schema::kind_superpixels, {}, {2}, {}, "slic2-2"}};
  plan.superpixels = {{"slic2-2", {2, 2}}};
  prepare_store(folder / "s.h5", plan);
  std::vector<std::uint16_t> labels = {0, 0, 1, 1};
  const std::vector<float> values = {0.5F, -0.5F};
  const std::int32_t target = 1;
  const auto group = schema::method_group("ResNet18", "lime") + "/";
  {
    auto file = File::open_to_change(folder / "s.h5");
    for (const std::uint64_t image : {0U, 1U}) {
      const auto status = status_of(MapRecord{values, target});
      const auto label_status = status_of(labels);
      file.dataset(schema::superpixel_maps("slic2-2")).write_rows(image, 1, labels.data());
      file.dataset(schema::superpixel_checksums("slic2-2")).write_rows(image, 1, &label_status);
      file.dataset(group + schema::values).write_rows(image, 1, values.data());
      file.dataset(group + schema::target).write_rows(image, 1, &target);
      file.dataset(group + schema::status).write_rows(image, 1, &status);
    }
    labels[3] = 0;
    file.dataset(schema::superpixel_maps("slic2-2")).write_rows(0, 1, labels.data());
    file.close();
  }
  const auto store = Explanations::open_to_read(folder / "s.h5");
  EXPECT_EQ(store.verify("ResNet18", "lime"), (std::vector<State>{State::corrupt, State::good}));
  const auto status = store.status("ResNet18", "lime");
  EXPECT_FALSE(store.good_map("ResNet18", "lime", 0, status[0]));
  EXPECT_TRUE(store.good_map("ResNet18", "lime", 1, status[1]));
}

TEST(Store, GrowsByModelsMethodsAndImagesAndKeepsRecords) {
  const tests::TemporaryFolder folder;
  prepare_store(folder / "s.h5", small_plan());
  write_records(folder / "s.h5", 1);
  auto plan = small_plan();
  plan.image_paths = {"c.jpg", "b.jpg"};
  plan.image_labels = {2, 1};
  plan.models.push_back(plan.models[0]);
  plan.models[1].name = "ResNet50";
  plan.models[0].methods.push_back({"saliency", "pixels", {}, {4, 4}});
  prepare_store(folder / "s.h5", plan);
  const auto store = Explanations::open_to_read(folder / "s.h5");
  EXPECT_EQ(store.image_paths(), (std::vector<std::string>{"a.jpg", "b.jpg", "c.jpg"}));
  EXPECT_EQ(store.image_labels(), (std::vector<std::int32_t>{0, 1, 2}));
  EXPECT_EQ(store.verify("ResNet18", "gradcam"), (std::vector<State>{State::missing, State::good, State::missing}));
  EXPECT_EQ(store.methods("ResNet18"), (std::vector<std::string>{"gradcam", "saliency"}));
  EXPECT_EQ(store.models(), (std::vector<std::string>{"ResNet18", "ResNet50"}));
}

TEST(Store, TakesNewLabelsUnlessRecordsExplainThem) {
  const tests::TemporaryFolder folder;
  prepare_store(folder / "s.h5", small_plan());
  write_records(folder / "s.h5", 1);
  auto plan = small_plan();
  plan.image_labels = {4, 5};
  prepare_store(folder / "s.h5", plan);
  {
    const auto store = Explanations::open_to_read(folder / "s.h5");
    EXPECT_EQ(store.image_labels(), plan.image_labels);
    EXPECT_EQ(store.verify("ResNet18", "gradcam")[1], State::good);
  }
  plan.models[0].methods[0].parameters["target"] = "label";
  prepare_store(folder / "label.h5", plan);
  plan.image_labels = {4, 6};
  EXPECT_THROW(prepare_store(folder / "label.h5", plan), base::Error);
}

TEST(Store, RefusesOtherParametersByName) {
  const tests::TemporaryFolder folder;
  prepare_store(folder / "s.h5", small_plan());
  auto plan = small_plan();
  plan.models[0].methods[0].parameters["layer"] = "layer3.1";
  try {
    prepare_store(folder / "s.h5", plan);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("layer = layer4.1, this job says layer3.1"), std::string::npos)
        << error.what();
  }
}

TEST(Store, RefusesAnotherPixelDtype) {
  const tests::TemporaryFolder folder;
  auto plan = small_plan();
  prepare_store(folder / "s.h5", plan);
  plan.models[0].methods[0].half = true;
  try {
    prepare_store(folder / "s.h5", plan);
    FAIL() << "not refused";
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("pixel-dtype = float32, this job says float16"), std::string::npos)
        << error.what();
  }
}

TEST(Store, HasAllLogitsTheLargestOrNone) {
  for (const std::optional<std::uint64_t> count : {std::optional<std::uint64_t>(), {2}, {0}}) {
    const tests::TemporaryFolder folder;
    auto plan = small_plan();
    plan.models[0].top_logits = count;
    prepare_store(folder / "s.h5", plan);
    const auto store = Explanations::open_to_read(folder / "s.h5");
    const auto stored = plan_of(store).models.at(0);
    EXPECT_EQ(stored.top_logits, count);
    EXPECT_EQ(stored.classes, 3U);
    const auto prediction = store.read_prediction("ResNet18", 1);
    EXPECT_EQ(prediction.logits.size(), count.value_or(3));
    EXPECT_EQ(prediction.logit_classes.size(), count.value_or(0));
    plan.models[0].top_logits = 1;
    EXPECT_NO_THROW(prepare_store(folder / "s.h5", plan)) << "an existing store keeps what it has";
    plan.any_top_logits = false;
    EXPECT_THROW(prepare_store(folder / "s.h5", plan), base::Error);
  }
}

TEST(Store, RefusesAnotherNumberOfClasses) {
  const tests::TemporaryFolder folder;
  auto plan = small_plan();
  prepare_store(folder / "s.h5", plan);
  plan.models[0].classes = 4;
  EXPECT_THROW(prepare_store(folder / "s.h5", plan), base::Error);
}

TEST(Store, RefusesForeignTruncatedAndNewerFiles) {
  const tests::TemporaryFolder folder;
  const auto refused = [&](const char* name) {
    EXPECT_THROW(Explanations::open_to_read(folder / name), base::Error) << name;
  };
  tests::write_file(folder / "text.h5", "not HDF5");
  refused("text.h5");
  prepare_store(folder / "cut.h5", small_plan());
  std::filesystem::resize_file(folder / "cut.h5", 700);
  refused("cut.h5");
  {
    auto file = File::create(folder / "other.h5");
    file.close();
  }
  refused("other.h5");
  {
    auto file = File::create(folder / "newer.h5");
    file.set_attribute("/", schema::format_attribute, std::string(schema::format));
    file.set_attribute("/", schema::version_attribute, std::int64_t{2});
    file.close();
  }
  refused("newer.h5");
  refused("missing.h5");
}

}  // namespace
}  // namespace sightline::store

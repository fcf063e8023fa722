// What README.md says about names is what the code says.

#include <gtest/gtest.h>

#include "app/command.hpp"
#include "base/file.hpp"
#include "store/schema.hpp"

namespace sightline {
namespace {

const std::string readme = base::read_text(SIGHTLINE_TESTS_FOLDER "/../README.md");

TEST(Readme, NamesEverythingInTheStore) {
  namespace schema = store::schema;
  for (const std::string name : {schema::file_name,
                                 schema::format,
                                 schema::format_attribute,
                                 schema::version_attribute,
                                 schema::job_attribute,
                                 schema::program_attribute,
                                 schema::image_paths,
                                 schema::image_labels,
                                 schema::image_root,
                                 schema::timm_id,
                                 schema::weights,
                                 schema::weights_sha256,
                                 schema::input_size,
                                 schema::transforms,
                                 schema::precision,
                                 schema::mean,
                                 schema::std,
                                 schema::prediction,
                                 schema::probability,
                                 schema::target,
                                 schema::kind,
                                 schema::parameter_hash,
                                 schema::status}) {
    EXPECT_NE(readme.find("`" + name + "`"), std::string::npos) << name;
  }
  EXPECT_NE(readme.find(std::string(schema::models) + "/MODEL/" + schema::logits), std::string::npos);
  EXPECT_NE(readme.find(std::string("METHOD/") + schema::values), std::string::npos);
}

TEST(Readme, NamesEveryCommand) {
  for (const auto& command : app::all_commands()) {
    EXPECT_NE(readme.find(command.name), std::string::npos) << command.name;
  }
}

}  // namespace
}  // namespace sightline

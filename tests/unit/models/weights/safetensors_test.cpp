#include "models/weights/safetensors.hpp"

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "models/weights/parameters.hpp"
#include "temporary_folder.hpp"

namespace sightline::models {
namespace {

std::string with_header(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

std::string floats(std::initializer_list<float> values) {
  const std::vector<float> list(values);
  return {reinterpret_cast<const char*>(list.data()), list.size() * sizeof(float)};
}

class Safetensors : public testing::Test {
 protected:
  SafetensorsFile open(const std::string& bytes) {
    tests::write_file(folder_ / "weights.safetensors", bytes);
    return SafetensorsFile(folder_ / "weights.safetensors");
  }
  std::string refusal(const std::string& bytes) {
    try {
      open(bytes);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::ExitCode::input);
      EXPECT_NE(std::string(error.what()).find("weights.safetensors"), std::string::npos);
      return error.what();
    }
    return "";
  }
  tests::TemporaryFolder folder_;
};

const char* const two_by_two = R"({"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";

TEST_F(Safetensors, ReadsShapesValuesAndMetadata) {
  const auto file = open(with_header(
      R"({"__metadata__":{"timm_id":"x"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"h":{"dtype":"F16","shape":[1],"data_offsets":[16,18]},"b":{"dtype":"BF16","shape":[],"data_offsets":[18,20]}})",
      floats({1, 2, 3, 4}) + std::string("\x00\x3C\x80\x3F", 4)));
  EXPECT_EQ(file.names(), (std::vector<std::string>{"a", "b", "h"}));
  EXPECT_EQ(file.tensor("a").const_data_ptr<float>()[3], 4.0F);
  EXPECT_EQ(file.tensor("h").item<float>(), 1.0F);
  EXPECT_EQ(file.tensor("b").item<float>(), 1.0F);
  EXPECT_EQ(file.metadata().at("timm_id"), "x");
  EXPECT_THROW(file.tensor("missing"), base::Error);
}

TEST_F(Safetensors, RefusesEveryKindOfDamage) {
  EXPECT_NE(refusal("").find("only 0 bytes"), std::string::npos);
  EXPECT_NE(refusal(std::string(8, '\xFF')).find("truncated"), std::string::npos);
  EXPECT_NE(refusal(with_header(two_by_two, floats({1, 2, 3}))).find("truncated"), std::string::npos);
  EXPECT_NE(refusal(with_header("{\"a\":", "")).find("damaged"), std::string::npos);
  EXPECT_NE(refusal(with_header("[1]", "")).find("not a JSON object"), std::string::npos);
  EXPECT_NE(refusal(with_header(R"({"a":{"dtype":"F99","shape":[],"data_offsets":[0,0]}})", "")).find("unknown type"),
            std::string::npos);
  EXPECT_NE(refusal(with_header(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", ""))
                .find("does not fit"),
            std::string::npos);
  EXPECT_NE(
      refusal(with_header(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234")).find("not a size"),
      std::string::npos);
  EXPECT_NE(
      refusal(
          with_header(
              R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
              "123456"))
          .find("overlap"),
      std::string::npos);
  EXPECT_NE(refusal("PK\x03\x04 a zip file, as torch.save writes").find("convert_weights.py"), std::string::npos);
}

TEST_F(Safetensors, ShapesOfAHostileFileAllocateNothing) {
  const std::string shapes[] = {"[1000000000000,0]", "[0,7]"};
  for (const auto& shape : shapes) {
    tests::write_file(
        folder_ / "weights.safetensors",
        with_header(R"({"fc.weight":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":[0,0]}})", ""));
    const auto source = file_parameters(folder_ / "weights.safetensors");
    EXPECT_EQ(source->classes("fc"), std::nullopt);
    EXPECT_EQ(source->take("fc.weight", {1000000000, 1000}, {}).storage().nbytes(), 4U);
    EXPECT_THROW(source->finish(), base::Error);
  }
}

TEST_F(Safetensors, ValuesThatAreNotFiniteAreRefusedWithTheTensorsName) {
  const auto take = [&](const std::string& data, bool allow) {
    tests::write_file(folder_ / "weights.safetensors", with_header(two_by_two, data));
    const auto source = file_parameters(folder_ / "weights.safetensors", allow);
    source->take("a", {2, 2}, {});
    source->finish();
  };
  EXPECT_NO_THROW(take(floats({3e38F, 3e38F, 3e38F, 1}), false)) << "the sum alone is infinite";
  EXPECT_NO_THROW(take(floats({1, 2, NAN, 4}), true));
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    try {
      take(floats({1, value, 3, value}), false);
      FAIL() << value;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::ExitCode::input);
      EXPECT_NE(std::string(error.what()).find("NaN or infinite in 'a' (2 of 4)"), std::string::npos) << error.what();
    }
  }
}

TEST_F(Safetensors, SurvivesFlippedBytes) {
  const std::string good = with_header(two_by_two, floats({1, 2, 3, 4}));
  const base::NumberStream stream("safetensors_fuzz", 1);
  for (std::uint64_t round = 0; round < 500; ++round) {
    std::string bytes = good;
    for (std::uint64_t flip = 0; flip <= round % 3; ++flip) {
      bytes[stream.below(bytes.size(), 4 * round + flip)] = static_cast<char>(stream.bits(100000 + 4 * round + flip));
    }
    bytes.resize(round % 5 == 0 ? stream.below(bytes.size(), 900000 + round) : bytes.size());
    try {
      const auto file = open(bytes);
      for (const auto& name : file.names()) {
        file.tensor(name).sum();
      }
    } catch (const base::Error&) {
      continue;
    }
  }
}

}  // namespace
}  // namespace sightline::models

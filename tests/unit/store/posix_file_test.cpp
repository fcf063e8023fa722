#include "store/posix_file.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "temporary_folder.hpp"

namespace sightline::store {
namespace {

TEST(PosixFile, WritesAtItsOffsetAndTellsWhyItCannot) {
  const tests::TemporaryFolder folder;
  const auto path = folder / "plain.bin";
  tests::write_file(path, "0123456789");
  const std::string text = "abc";
  PosixFile(path).write(4, std::as_bytes(std::span(text)), "here");
  std::string content;
  std::ifstream(path) >> content;
  EXPECT_EQ(content, "0123abc789");

  try {
    PosixFile("/dev/full").write(0, std::as_bytes(std::span(text)), "store.h5:/values");
    FAIL() << "a full disk was written to";
  } catch (const base::Error& error) {
    EXPECT_STREQ(error.what(), "store.h5:/values: writing failed: No space left on device");
    EXPECT_EQ(error.code(), base::ExitCode::fault);
  }
  EXPECT_THROW(PosixFile(folder / "none"), base::Error);
}

}  // namespace
}  // namespace sightline::store

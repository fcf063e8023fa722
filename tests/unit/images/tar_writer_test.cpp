#include "images/tar_writer.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "images/tar.hpp"
#include "temporary_folder.hpp"

namespace sightline::images {
namespace {

std::vector<std::uint8_t> bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

TEST(TarWriter, WritesWhatListTarReads) {
  const tests::TemporaryFolder folder;
  const std::vector<std::string> names = {"a.jpg", "n01440764/" + std::string(89, 'x') + "y",
                                          std::string(150, 'l') + "/b.png", std::string(99, 'd') + "/c.jpg",
                                          "\xC3\xA4.jpg"};
  {
    TarWriter archive(folder / "a.tar");
    for (const auto& name : names) {
      archive.add(name, bytes(name + name));
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "a.tar")) << "has its name only when it is finished";
    archive.finish();
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "a.tar.partial"));
  const base::RandomAccessFile file(folder / "a.tar");
  const auto listing = list_tar(file, {0, file.size()}, "a", [](const std::string&) { return true; });
  EXPECT_TRUE(listing.faults.empty());
  ASSERT_EQ(listing.members.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(listing.members[i].name, names[i]);
    std::string text(listing.members[i].size, '\0');
    file.read(listing.members[i].offset, std::as_writable_bytes(std::span(text)));
    EXPECT_EQ(text, names[i] + names[i]);
  }
  EXPECT_EQ(file.size() % 512, 0U);
}

TEST(TarWriter, LeavesNothingOfAnArchiveThatIsNotFinished) {
  const tests::TemporaryFolder folder;
  { TarWriter(folder / "a.tar").add("a", bytes("a")); }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_THROW(TarWriter(folder / "nothing/a.tar"), base::Error);
}

}  // namespace
}  // namespace sightline::images

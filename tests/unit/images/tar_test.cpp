#include "images/tar.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tar_archive.hpp"
#include "temporary_folder.hpp"

namespace sightline::images {
namespace {

using tests::TarArchive;

/// What list_tar finds in an archive of these bytes, and the text of each member.
struct Found {
  std::vector<std::string> names;
  std::vector<std::string> texts;
  std::vector<std::string> faults;
};

Found found_in(const std::string& bytes) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "a.tar", bytes);
  const base::RandomAccessFile file(folder / "a.tar");
  const auto listing =
      list_tar(file, {0, file.size()}, "A", [](const std::string& name) { return !name.ends_with("txt"); });
  Found found{{}, {}, listing.faults};
  for (const auto& member : listing.members) {
    std::string text(member.size, '\0');
    EXPECT_EQ(file.read(member.offset, std::as_writable_bytes(std::span(text))), member.size);
    found.names.push_back(member.name);
    found.texts.push_back(text);
  }
  return found;
}

using Texts = std::vector<std::string>;

TEST(Tar, ListsMembersOfAnySize) {
  const auto found = found_in(TarArchive()
                                  .add("./b", std::string(512, 'b'))
                                  .add("/c//d/./e", "e")
                                  .add("empty", "")
                                  .add("z", std::string(5000, 'z'))
                                  .bytes());
  EXPECT_EQ(found.names, (Texts{"b", "c/d/e", "empty", "z"}));
  EXPECT_EQ(found.texts, (Texts{std::string(512, 'b'), "e", "", std::string(5000, 'z')}));
  EXPECT_TRUE(found.faults.empty());
}

TEST(Tar, LeavesOutWhatIsNoFileOrNotWanted) {
  const auto found = found_in(TarArchive()
                                  .add("folder/", "", '5')
                                  .add("old/", "")
                                  .add("fifo", "", '6', "", 1000)
                                  .add("no size", "", '5', "", TarArchive::no_size)
                                  .add("global", "11 path=ab\n", 'g')
                                  .add("a.txt", "text")
                                  .add("b", "b", '7')
                                  .bytes());
  EXPECT_EQ(found.names, Texts{"b"});
  EXPECT_TRUE(found.faults.empty());
}

TEST(Tar, ReadsLongNamesOfGnuAndPaxAndSizesOfPax) {
  const std::string longer(300, 'n');
  const auto found = found_in(TarArchive()
                                  .add("././@LongLink", longer + '\0', 'L')
                                  .add("cut", "1")
                                  .add_pax("path", "pax/" + longer)
                                  .add("cut", "2")
                                  .add_pax("size", "3")
                                  .add("size", "333", '0', "", 0)
                                  .add("plain", "4")
                                  .bytes());
  EXPECT_EQ(found.names, (Texts{longer, "pax/" + longer, "size", "plain"}));
  EXPECT_EQ(found.texts, (Texts{"1", "2", "333", "4"}));
}

TEST(Tar, LinksStandForTheMembersThatTheyLeadTo) {
  const auto found = found_in(TarArchive()
                                  .add("x/hard", "", '1', "x/blob.txt")
                                  .add("x/soft", "", '2', "../y/hard")
                                  .add("y/hard", "", '1', "./x/blob.txt")
                                  .add("x/blob.txt", "blob")
                                  .add("out", "", '2', "../../etc/passwd")
                                  .add("absolute", "", '2', "/etc/passwd")
                                  .add("loop", "", '2', "loop")
                                  .add("nothing", "", '1', "missing")
                                  .bytes());
  EXPECT_EQ(found.names, (Texts{"x/hard", "x/soft", "y/hard"}));
  EXPECT_EQ(found.texts, (Texts{"blob", "blob", "blob"}));
  ASSERT_EQ(found.faults.size(), 4U);
  EXPECT_EQ(found.faults[0], "A: 'out' is a link to what is not in the archive");
}

TEST(Tar, SaysWhatIsWrongWithAMember) {
  const auto found = found_in(TarArchive()
                                  .add("a/../../b", "")
                                  .add("bad\xff", "")
                                  .add("twice", "1")
                                  .add("twice", "2")
                                  .add("sparse", "s", 'S')
                                  .add_pax("GNU.sparse.major", "1")
                                  .add("sparse too", "s")
                                  .add("volume", "v", 'M')
                                  .add("skipped.txt", "", 'S')
                                  .add("good", "g")
                                  .bytes());
  EXPECT_EQ(found.names, (Texts{"twice", "good"}));
  EXPECT_EQ(found.texts, (Texts{"2", "g"})) << "the last one counts, as in unpacking";
  ASSERT_EQ(found.faults.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    const char* said[] = {"'..'", "UTF-8", "twice", "--sparse", "--sparse", "--multi-volume"};
    EXPECT_NE(found.faults[i].find(said[i]), std::string::npos) << found.faults[i];
  }
}

TEST(Tar, ListsADamagedArchiveUpToTheDamage) {
  const auto whole = TarArchive().add("a", "1").add("b", std::string(1000, 'b')).without_end();
  EXPECT_EQ(found_in(whole).names, (Texts{"a", "b"})) << "without the zeros at the end";
  EXPECT_TRUE(found_in(whole).faults.empty());
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const bool between = length == 1024;  // the end of a's block
    const bool padding = length >= 1024 + 512 + 1000;
    const auto found = found_in(whole.substr(0, length));
    EXPECT_EQ(found.faults.size(), between || padding || (length > 512 && length < 1024) ? 0U : 1U) << length;
    EXPECT_EQ(found.names.size(), length <= 512 ? 0U : padding ? 2U : 1U) << length;
  }
  auto damaged = whole;
  damaged[1030] = '?';
  EXPECT_EQ(found_in(damaged).names, Texts{"a"});
  EXPECT_NE(found_in(damaged).faults.at(0).find("wrong checksum (byte 1024"), std::string::npos);
}

TEST(Tar, ALongNameWithASlashAtTheHeadersEndIsNoFolder) {
  const auto name = std::string(99, 'd') + "/a.jpg";
  const auto other = std::string(99, 'e') + "/b.jpg";
  const auto found = found_in(TarArchive()
                                  .add_pax("path", name)
                                  .add(name.substr(0, 100), "1")
                                  .add("././@LongLink", other + '\0', 'L')
                                  .add(other.substr(0, 100), "2")
                                  .add("b", "3")
                                  .bytes());
  EXPECT_EQ(found.names, (Texts{name, other, "b"}));
  EXPECT_TRUE(found.faults.empty());
}

TEST(Tar, SaysThatAnotherArchiveFollows) {
  const auto first = TarArchive().add("a", "1").bytes();
  const auto found = found_in(first + std::string(10240 - first.size(), '\0') + TarArchive().add("b", "2").bytes());
  EXPECT_EQ(found.names, Texts{"a"});
  EXPECT_NE(found.faults.at(0).find("another archive follows"), std::string::npos);
  EXPECT_TRUE(found_in(first + std::string(100'000, '\0')).faults.empty());
}

TEST(Tar, HostileSizesAreFaults) {
  EXPECT_EQ(found_in(TarArchive().add("a", "", '0', "", 077777777777).bytes()).faults.size(), 1U);
  EXPECT_EQ(found_in(TarArchive().add_pax("size", "9223372036854775807").add("a", "").bytes()).faults.size(), 1U);
  EXPECT_EQ(found_in(TarArchive().add_pax("size", "-1").add("a", "").bytes()).faults.size(), 1U);
  EXPECT_EQ(found_in(TarArchive().add("x", "3 a=", 'x').add("a", "").bytes()).faults.size(), 1U);
  EXPECT_EQ(found_in(TarArchive().add("x", "99999 a=b\n", 'x').add("a", "").bytes()).faults.size(), 1U);
  EXPECT_EQ(found_in(TarArchive().add("x", "", 'L', "", 077777777777).bytes()).faults.size(), 1U);
}

TEST(Tar, IsKnownByItsFirstHeader) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "a", TarArchive().add("a", "").bytes());
  tests::write_file(folder / "b", "path,label\na.jpg,1\n");
  tests::write_file(folder / "c", std::string(1024, '\0'));
  EXPECT_TRUE(is_tar(base::RandomAccessFile(folder / "a")));
  EXPECT_FALSE(is_tar(base::RandomAccessFile(folder / "b")));
  EXPECT_FALSE(is_tar(base::RandomAccessFile(folder / "c")));
}

}  // namespace
}  // namespace sightline::images

#include "images/archive_index.hpp"

#include <map>

#include <gtest/gtest.h>

#include "tar_archive.hpp"
#include "temporary_folder.hpp"

namespace sightline::images {
namespace {

/// The content of an archive of these bytes and this name, with that of the archives in it.
ArchiveContent content_of(const std::string& bytes, const std::string& name = "a.tar") {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / name, bytes);
  const base::RandomAccessFile file(folder / name);
  auto content = list_archive(file, whole_archive(facts_of(file), 0));
  const auto inner = content.inner;
  for (const auto& part : inner) {
    append(content, list_archive(file, part));
  }
  return content;
}

/// The labels of the pictures by path.
std::map<std::string, std::string> labels_of(const ArchiveContent& content) {
  std::map<std::string, std::string> labels;
  for (const auto& picture : content.pictures) {
    labels[picture.path] = picture.label;
  }
  return labels;
}

using Labels = std::map<std::string, std::string>;

TEST(ArchiveIndex, TakesPicturesThatAreNotHidden) {
  const auto content = content_of(tests::TarArchive()
                                      .add("cat/a.JPG", "1")
                                      .add("cat/._a.JPG", "2")
                                      .add(".cache/b.jpg", "3")
                                      .add("notes.txt", "4")
                                      .bytes());
  EXPECT_EQ(labels_of(content), (Labels{{"cat/a.JPG", ""}}));
}

TEST(ArchiveIndex, ReadsTheLabelsOfAWebDataset) {
  const auto content = content_of(tests::TarArchive()
                                      .add("d/0.cls", "12\n")
                                      .add("d/0.jpg", "x")
                                      .add("d/1.jpg", "x")
                                      .add("d/1.json", R"({"label": 7, "caption": "a cat"})")
                                      .add("d/2.png", "x")
                                      .add("d/2.json", R"({"label": "n01440764"})")
                                      .add("d/3.jpg", "x")
                                      .add("d/3.json", R"({"caption": 3)")
                                      .add("d/4.jpg", "x")
                                      .add("d/4.json", R"({"label": 1})")
                                      .add("d/4.cls", "2")
                                      .bytes());
  EXPECT_EQ(labels_of(content),
            (Labels{{"d/0.jpg", "12"}, {"d/1.jpg", "7"}, {"d/2.png", "n01440764"}, {"d/3.jpg", ""}, {"d/4.jpg", "2"}}));
}

TEST(ArchiveIndex, ArchivesInAnArchiveAreFolders) {
  const auto inner = tests::TarArchive().add("b.jpg", "b").add("deeper.tar", "x").bytes();
  const auto content = content_of(tests::TarArchive().add("a.jpg", "a").add("n01.tar", inner).bytes());
  EXPECT_EQ(labels_of(content), (Labels{{"a.jpg", ""}, {"n01/b.jpg", ""}}));
  EXPECT_EQ(content.pictures.at(1).offset, 3 * 512U + 512U);
  const auto compressed = content_of(tests::TarArchive().add("n01.tar.gz", "x").bytes());
  EXPECT_NE(compressed.faults.at(0).find("compressed"), std::string::npos);
}

TEST(ArchiveIndex, AnArchiveNamedByAWordNetIdIsAFolder) {
  const auto bytes = tests::TarArchive().add("b.jpg", "b").bytes();
  EXPECT_EQ(labels_of(content_of(bytes, "n01440764.tar")), (Labels{{"n01440764/b.jpg", ""}}));
  EXPECT_EQ(labels_of(content_of(bytes, "val.tar")), (Labels{{"b.jpg", ""}}));
}

TEST(ArchiveIndex, FindsPicturesByPathAndSurvivesPacking) {
  ArchiveIndex index{{{"x.tar", 10, 20}, {"y.tar", 30, 40}},
                     {{"b", "1", 1, 2, 3}, {"a", "", 0, 5, 6}, {"b", "2", 0, 7, 8}}};
  sort_pictures(index);
  EXPECT_EQ(index.faults, std::vector<std::string>{"'b' is in x.tar and in y.tar; the first one counts"});
  auto bytes = packed(index);
  const auto again = unpack_index(bytes);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->files, index.files);
  EXPECT_EQ(again->faults, index.faults);
  ASSERT_NE(again->find("b"), nullptr);
  EXPECT_EQ(again->find("b")->label, "2");
  EXPECT_EQ(again->find("b")->offset, 7U);
  EXPECT_EQ(again->find("c"), nullptr);
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_FALSE(unpack_index(bytes).has_value());
  EXPECT_FALSE(unpack_index("").has_value());
}

}  // namespace
}  // namespace sightline::images

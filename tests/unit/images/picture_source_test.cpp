#include "images/picture_source.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "images/image_list.hpp"
#include "pillow_fixtures.hpp"
#include "tar_archive.hpp"
#include "temporary_folder.hpp"

namespace sightline::images {
namespace {

/// A source that is one archive, with its index.
PictureSource open(const std::filesystem::path& archive) {
  const base::RandomAccessFile file(archive);
  ArchiveIndex index{{facts_of(file)}, {}};
  index.pictures = list_archive(file, whole_archive(index.files[0], 0)).pictures;
  sort_pictures(index);
  return {archive, index};
}

std::string some_picture() {
  for (const auto& item : std::filesystem::directory_iterator(tests::picture_fixtures)) {
    if (item.path().extension() == ".jpg") {
      return base::read_text(item.path());
    }
  }
  throw std::logic_error("no JPEG among the fixtures");
}

TEST(PictureSource, ReadsTheSameFromAFolderAndFromAnArchive) {
  const tests::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "f/c");
  tests::write_file(folder / "f/c/a.jpg", some_picture());
  tests::write_file(folder / "a.tar",
                    tests::TarArchive().add("c/b.jpg", "broken").add("c/a.jpg", some_picture()).bytes());
  const PictureSource files(folder / "f");
  const auto archive = open(folder / "a.tar");
  archive.read_ahead(std::vector<std::string>{"c/a.jpg", "c/b.jpg", "nothing"});
  EXPECT_EQ(archive.read("c/a.jpg").rgb, files.read("c/a.jpg").rgb);
  EXPECT_TRUE(archive.contains("c/b.jpg") && files.contains("c/a.jpg"));
  EXPECT_FALSE(archive.contains("c") || archive.contains("a.jpg") || files.contains("c"));
  EXPECT_EQ(archive.name_of("c/a.jpg"), (folder / "a.tar").string() + ": c/a.jpg");
  EXPECT_THROW(archive.read("c/b.jpg"), base::Error);
  EXPECT_THROW(archive.read("c/c.jpg"), base::Error);
}

TEST(PictureSource, AnArchiveThatHasChangedIsNotRead) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "a.tar", tests::TarArchive().add("a.jpg", some_picture()).bytes());
  const auto archive = open(folder / "a.tar");
  tests::write_file(folder / "a.tar", tests::TarArchive().add("b.jpg", "").bytes());
  EXPECT_THROW(archive.read("a.jpg"), base::Error);
}

TEST(PictureSource, LabelsOfArchivesAreTheirOwnOrThoseOfFolders) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "own.tar",
                    tests::TarArchive().add("x/1.jpg", "").add("x/1.cls", "5").add("x/2.jpg", "").bytes());
  const auto own = list_source(open(folder / "own.tar"), std::nullopt);
  EXPECT_EQ(own.entries.at(0).label, 5);
  EXPECT_EQ(own.entries.at(1).label, -1);
  EXPECT_FALSE(own.labels_are_folders);
  tests::write_file(folder / "tree.tar", tests::TarArchive().add("y/1.jpg", "").add("x/2.jpg", "").bytes());
  const auto tree = list_source(open(folder / "tree.tar"), std::nullopt);
  EXPECT_EQ(tree.entries.at(0).path, "x/2.jpg");
  EXPECT_EQ(tree.entries.at(1).label, 1);
  EXPECT_EQ(class_folders(tree.source), (std::vector<std::string>{"x", "y"}));
  tests::write_file(folder / "names.csv", "index,wnid,name\n9,x,tench\n");
  EXPECT_THROW(list_source(tree.source, ClassIndex::read(folder / "names.csv")), base::Error);
  tests::write_file(folder / "other.tar", tests::TarArchive().add("x/1.jpg", "").add("x/1.cls", "0").bytes());
  tests::write_file(folder / "x.csv", "index,wnid,name\n9,x,tench\n");
  EXPECT_THROW(list_source(open(folder / "other.tar"), ClassIndex::read(folder / "x.csv")), base::Error)
      << "the folder is another class than the label";
  tests::write_file(folder / "word.tar",
                    tests::TarArchive().add("1.jpg", "").add("1.json", R"({"label": "tench"})").bytes());
  EXPECT_EQ(list_source(open(folder / "word.tar"), ClassIndex::read(folder / "names.csv")).entries.at(0).label, 9);
  EXPECT_THROW(list_source(open(folder / "word.tar"), std::nullopt), base::Error);
}

TEST(PictureSource, ACsvListsPicturesOfAnArchive) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "a.tar", tests::TarArchive().add("1.jpg", "").add("2.jpg", "").bytes());
  tests::write_file(folder / "list.csv", "path,label\n2.jpg,4\n");
  const auto list = list_images(folder / "list.csv", std::nullopt, true, open(folder / "a.tar"));
  ASSERT_EQ(list.entries.size(), 1U);
  EXPECT_EQ(list.entries[0].label, 4);
  tests::write_file(folder / "list.csv", "path,label\n3.jpg,4\n");
  EXPECT_THROW(list_images(folder / "list.csv", std::nullopt, true, open(folder / "a.tar")), base::Error);
}

}  // namespace
}  // namespace sightline::images

#include "images/image_list.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "temporary_folder.hpp"

namespace sightline::images {
namespace {

namespace fs = std::filesystem;

TEST(ImageList, TakesClassesFromFoldersOrFromTheClassList) {
  const tests::TemporaryFolder folder;
  fs::create_directories(folder / "n02/x");
  fs::create_directories(folder / "n01");
  for (const char* name : {"n02/x/b.jpg", "n01/a.PNG", "c.jpeg", "n01/notes.txt"}) {
    tests::write_file(folder / name, "");
  }
  const auto plain = list_images(folder.path(), std::nullopt);
  ASSERT_EQ(plain.entries.size(), 3U);
  EXPECT_EQ(plain.entries[0].path, "c.jpeg");
  EXPECT_EQ(plain.entries[0].label, -1);
  EXPECT_EQ(plain.entries[1].label, 0);
  EXPECT_EQ(plain.entries[2].path, "n02/x/b.jpg");
  EXPECT_EQ(plain.entries[2].label, 1);
  tests::write_file(folder / "classes.csv", "index,wnid,name\n7,n01,tench\n5,n02,\"crane, bird\"\n");
  const auto classes = ClassIndex::read(folder / "classes.csv");
  EXPECT_EQ(list_images(folder.path(), classes).entries[1].label, 7);
  tests::write_file(folder / "list.csv", "path,label\nc.jpeg,tench\nn01/a.PNG,3\n");
  const auto listed = list_images(folder / "list.csv", classes);
  EXPECT_EQ(listed.entries[0].label, 7);
  EXPECT_EQ(listed.entries[1].label, 3);
}

/// The label of each image of a folder by path, after files of these names are made in it.
std::map<std::string, int> labels_of(const std::vector<std::string>& names) {
  const tests::TemporaryFolder folder;
  for (const auto& name : names) {
    fs::create_directories((folder / name).parent_path());
    if (!name.ends_with("/")) {
      tests::write_file(folder / name, "");
    }
  }
  std::map<std::string, int> labels;
  for (const auto& entry : list_images(folder.path(), std::nullopt).entries) {
    labels[entry.path] = entry.label;
  }
  return labels;
}

TEST(ImageList, HiddenFilesAndFoldersAreNoPicturesAndNoClasses) {
  const auto labels =
      labels_of({"cat/a.jpg", "cat/._a.jpg", "cat/.cache/b.jpg", "dog/a.jpg", "dog/@eaDir/a.jpg/THUMB.jpg",
                 ".ipynb_checkpoints/a.jpg", "._photo.jpg", ".DS_Store", "Thumbs.db", "__MACOSX/cat/._a.jpg"});
  EXPECT_EQ(labels, (std::map<std::string, int>{{"cat/a.jpg", 0}, {"dog/a.jpg", 1}}));
  EXPECT_THROW(labels_of({".hidden/a.jpg"}), base::Error);
}

TEST(ImageList, FoldersNamedByWholeNumbersAreClassIndices) {
  const auto labels = labels_of({"0/a.jpg", "1/a.jpg", "2/a.jpg", "10/a.jpg", ".ipynb_checkpoints/a.jpg", "7/"});
  EXPECT_EQ(labels, (std::map<std::string, int>{{"0/a.jpg", 0}, {"1/a.jpg", 1}, {"10/a.jpg", 10}, {"2/a.jpg", 2}}));
  EXPECT_EQ(labels_of({"007/a.jpg", "3/a.jpg"}), (std::map<std::string, int>{{"007/a.jpg", 7}, {"3/a.jpg", 3}}));
  EXPECT_EQ(labels_of({"1/a.jpg", "10/a.jpg", "2b/a.jpg"}).at("10/a.jpg"), 1) << "one name is no number: by order";
  EXPECT_EQ(labels_of({"20240131/a.jpg"}).at("20240131/a.jpg"), 0) << "beyond any class index: by order";
  EXPECT_THROW(labels_of({"1/a.jpg", "01/a.jpg"}), base::Error) << "one class twice";
}

TEST(ImageList, WarnsOfClassFoldersWithoutPicturesWhereLabelsShift) {
  const auto logged = [](const std::vector<std::string>& names) {
    ::testing::internal::CaptureStderr();
    labels_of(names);
    return ::testing::internal::GetCapturedStderr();
  };
  const auto warning = logged({"cat/a.jpg", "bird/", "dog/notes.txt", "emu/a.jpg"});
  EXPECT_NE(warning.find("2 class folder(s) without pictures (bird, dog)"), std::string::npos) << warning;
  EXPECT_EQ(logged({"cat/a.jpg", ".git/"}), "");
  EXPECT_EQ(logged({"a.jpg", "notes/"}), "") << "there are no classes";
  EXPECT_EQ(logged({"0/a.jpg", "1/"}).find("warning"), std::string::npos);
}

TEST(ImageList, RefusesLoopsOfLinks) {
  const tests::TemporaryFolder folder;
  const auto refused = [](const fs::path& where) {
    try {
      list_images(where, std::nullopt);
      ADD_FAILURE() << where << " was listed";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::ExitCode::input);
      EXPECT_NE(std::string(error.what()).find("Too many levels of symbolic links"), std::string::npos) << error.what();
    }
  };
  fs::create_symlink("loop", folder / "loop");
  refused(folder / "loop");
  fs::remove(folder / "loop");
  fs::create_directories(folder / "cat");
  tests::write_file(folder / "cat/a.jpg", "");
  fs::create_directory_symlink("..", folder / "cat/up");
  refused(folder.path());
}

TEST(ImageList, SaysWhatIsMissing) {
  const tests::TemporaryFolder folder;
  EXPECT_THROW(list_images(folder / "nothing", std::nullopt), base::Error);
  EXPECT_THROW(list_images(folder.path(), std::nullopt), base::Error);
  tests::write_file(folder / "list.csv", "path,label\ngone.jpg,1\n");
  EXPECT_THROW(list_images(folder / "list.csv", std::nullopt), base::Error);
}

TEST(ImageList, KeepsTheNamesOfLinkedFolders) {
  const tests::TemporaryFolder folder;
  fs::create_directories(folder / "elsewhere/whatever");
  fs::create_directories(folder / "subset");
  tests::write_file(folder / "elsewhere/whatever/a.jpg", "");
  fs::create_directory_symlink(folder / "elsewhere/whatever", folder / "subset/n01440764");
  EXPECT_EQ(list_images(folder / "subset", std::nullopt).entries[0].path, "n01440764/a.jpg");
}

TEST(ImageList, RefusesDoublesAndOtherEncodings) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "a.jpg", "");
  tests::write_file(folder / "list.csv", "path\na.jpg\na.jpg\n");
  EXPECT_THROW(list_images(folder / "list.csv", std::nullopt), base::Error);
  tests::write_file(folder / "caf\xE9.jpg", "");
  EXPECT_THROW(list_images(folder.path(), std::nullopt), base::Error);
}

/// The message of the base::Error(input) that reading this class list throws; empty when it throws none.
std::string list_refusal(const std::string& csv, const std::function<void(const ClassIndex&)>& use = {}) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "classes.csv", csv);
  try {
    const auto classes = ClassIndex::read(folder / "classes.csv");
    if (use) {
      use(classes);
    }
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::ExitCode::input);
    const std::string message = error.what();
    EXPECT_NE(message.find("classes.csv"), std::string::npos) << message;
    return message;
  }
  return {};
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "'" << text << "' has no '" << part << "'";
}

TEST(ClassIndex, SaysWhichRecordIsWrong) {
  const std::string header = "index,wnid,name\n";
  expect_part(list_refusal(header), "lists no classes");
  expect_part(list_refusal(header + "0,n01,\n"), "record 1: the class 0 has no name");
  expect_part(list_refusal(header + "0,n01,cat\n0,n02,dog\n"), "record 2: the class 0 is listed already, as 'cat'");
  expect_part(list_refusal(header + "0,n01,cat\nx,n02,dog\n"), "record 2: 'x,n02,dog' should be");
  expect_part(list_refusal(header + "0,n01,caf\xE9\n"), "record 1: 'caf\xE9' is not UTF-8");
  EXPECT_EQ(list_refusal(header + "0,,cat\n1,,dog\n"), "") << "an id that is not given";
}

TEST(ClassIndex, RefusesAKeyOfSeveralClassesWhereItIsUsed) {
  const std::string cranes = "index,wnid,name\n134,n02012849,crane\n517,n03126707,crane\n";
  EXPECT_EQ(list_refusal(cranes, [](const ClassIndex& classes) { EXPECT_EQ(classes.find("n03126707"), 517); }), "");
  expect_part(list_refusal(cranes, [](const ClassIndex& classes) { classes.find("crane"); }),
              "the classes 134 and 517");
}

TEST(ClassIndex, NamesAllClassesUnlessOneIsMissing) {
  const std::string header = "index,wnid,name\n";
  const auto all = [](const ClassIndex& classes) {
    EXPECT_EQ(classes.all_names(), (std::vector<std::string>{"cat", "dog"}));
  };
  EXPECT_EQ(list_refusal(header + "1,n02,dog\n0,n01,cat\n", all), "");
  expect_part(list_refusal(header + "0,n01,cat\n5,n02,dog\n", all),
              "2 classes up to the index 5, but none with the index 1");
}

TEST(ImageList, ShufflesByTheSeedAlone) {
  ImageList list;
  for (int i = 0; i < 50; ++i) {
    list.entries.push_back({std::to_string(i), i});
  }
  auto again = list;
  select_images(list, 3, 20);
  select_images(again, 3, 0);
  ASSERT_EQ(list.entries.size(), 20U);
  bool moved = false;
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(list.entries[i].path, again.entries[i].path);
    moved = moved || list.entries[i].label != static_cast<int>(i);
  }
  EXPECT_TRUE(moved);
}

}  // namespace
}  // namespace sightline::images

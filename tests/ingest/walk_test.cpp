#include "ingest/walk.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/utf8.h"
#include "tests/ingest/without_privileges.h"
#include "tests/support/testing.h"

namespace carrel::ingest {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WalkTest : public ::testing::Test {
 protected:
  WalkTest() : root_(fs::canonical(dir_.path()) / "docs") { fs::create_directories(root_); }

  void write(const std::string& path, const std::string& text = "text") {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  Walk walk_all(const std::vector<fs::path>& paths, std::size_t files_max = 1000) {
    return walk(paths, {files_max, [](std::string_view name) { return name.ends_with(".md"); }},
                CancelToken());
  }
  static std::vector<std::string> paths_of(const Walk& walk) {
    std::vector<std::string> out;
    for (const FoundFile& file : walk.files) out.push_back(file.path);
    return out;
  }

  testing::TempDir dir_;
  fs::path root_;
};

TEST_F(WalkTest, FindsDocumentsAndNothingElse) {
  write("b.md");
  write("a/c.md");
  write("a/carrel.toml");
  write("company.toml");
  write("picture.PNG");
  write("photo.png");
  write("Makefile");
  write(".hidden.md");
  write(".git/x.md");
  write("b.md~");
  write("#b.md#");
  write("~$b.md");
  write("b.md.bak");
  write("library/carrel.db");
  write("library/originals/x.md");
  ASSERT_EQ(::mkfifo((root_ / "pipe.md").c_str(), 0600), 0);
  const Walk found = walk_all({root_});
  EXPECT_THAT(paths_of(found), ElementsAre("a/c.md", "b.md"));
  EXPECT_EQ(found.skipped,
            (std::map<std::string, std::size_t>{
                {".png", 2}, {"no extension", 1}, {"devices, pipes and sockets", 1}}));
  EXPECT_THAT(found.roots[0].rule_folders, ElementsAre("a"));
  EXPECT_THAT(found.failures, IsEmpty());
}

TEST_F(WalkTest, AUriIsTheAbsolutePathFromWhereverItIsCalled) {
  write("a/c.md");
  const fs::path before = fs::current_path();
  fs::current_path(root_ / "a");
  const Walk by_name = walk_all({"c.md"});
  const Walk by_parent = walk_all({"../"});
  fs::current_path(before);
  const std::string expected = (root_ / "a/c.md").string();
  ASSERT_EQ(by_name.files.size(), 1u);
  ASSERT_EQ(by_parent.files.size(), 1u);
  EXPECT_EQ(by_name.uri_of(by_name.files[0]), expected);
  EXPECT_EQ(by_parent.uri_of(by_parent.files[0]), expected);
  fs::create_symlink(root_, dir_ / "other-way");
  const Walk by_link = walk_all({dir_ / "other-way"});
  EXPECT_EQ(by_link.uri_of(by_link.files.at(0)), expected);
}

TEST_F(WalkTest, AFileReachedTwiceIsFoundOnceUnderTheOutermostFolder) {
  write("a/c.md");
  const Walk found = walk_all({root_ / "a/c.md", root_ / "a", root_, root_});
  ASSERT_EQ(found.files.size(), 1u);
  EXPECT_EQ(found.files[0].path, "a/c.md");
  EXPECT_EQ(found.roots[found.files[0].root].folder, root_);
}

TEST_F(WalkTest, LinksNeitherLeadOutNorLoopNorWidenRights) {
  const fs::path outside = dir_ / "outside";
  fs::create_directories(outside);
  std::ofstream(outside / "secret.md") << "secret";
  write("a.md");
  write("hr/.drafts/salary.md");
  write("hr/blob");
  fs::create_symlink(outside / "secret.md", root_ / "leads-out.md");
  fs::create_symlink(outside, root_ / "folder-out");
  fs::create_symlink(root_, root_ / "loop");
  fs::create_symlink("self.md", root_ / "self.md");
  fs::create_symlink("a.md", root_ / "again.md");
  fs::create_symlink("hr/.drafts/salary.md", root_ / "stolen.md");
  fs::create_symlink("hr/blob", root_ / "blob.md");
  const Walk found = walk_all({root_});
  EXPECT_THAT(paths_of(found), ElementsAre("a.md"));
  EXPECT_EQ(found.skipped.at("links that lead out of the folder"), 2u);
  EXPECT_EQ(found.skipped.at("links to folders"), 1u);
  EXPECT_EQ(found.skipped.at("broken links"), 1u);
  EXPECT_EQ(found.skipped.at("links to files of other folders"), 2u);
}

// The way a configuration map is mounted into a container.
TEST_F(WalkTest, ALinkIntoAHiddenFolderOfItsOwnFolderIsRead) {
  write("maps/..2026/leave.md", "25 days");
  fs::create_symlink("..2026", root_ / "maps/..data");
  fs::create_symlink("..data/leave.md", root_ / "maps/leave.md");
  const Walk found = walk_all({root_});
  ASSERT_THAT(paths_of(found), ElementsAre("maps/leave.md"));
  EXPECT_EQ(read_found(found, found.files[0], 100), "25 days");
}

TEST_F(WalkTest, AFileSwappedForALinkAfterTheWalkIsNotRead) {
  write("a/b.md");
  write("c.md");
  const Walk found = walk_all({root_});
  ASSERT_EQ(found.files.size(), 2u);
  fs::remove(root_ / "c.md");
  fs::create_symlink("/etc/hostname", root_ / "c.md");
  fs::rename(root_ / "a", root_ / "moved");
  fs::create_symlink("moved", root_ / "a");
  EXPECT_THROW(read_found(found, found.files[0], 100), Error);
  EXPECT_THROW(read_found(found, found.files[1], 100), Error);
}

TEST_F(WalkTest, NamesThatAreNotUtf8StayApart) {
  write("a\xFF.md");
  write("a%FF.md");
  write("100% b.md");
  write("line\nbreak.md");
  const Walk found = walk_all({root_});
  std::vector<std::string> names;
  for (const FoundFile& file : found.files) {
    const std::string uri = found.uri_of(file);
    EXPECT_TRUE(is_valid_utf8(uri));
    names.push_back(uri.substr(uri.rfind('/') + 1));
    EXPECT_EQ(read_found(found, file, 100), "text");
  }
  EXPECT_THAT(names, ElementsAre("100% b.md", "a%25FF.md", "a%FF.md", "line%0Abreak.md"));
}

TEST_F(WalkTest, AFolderThatCannotBeListedIsAFailure) {
  write("open/a.md");
  write("shut/b.md");
  for (const fs::path& folder : {dir_.path(), root_, root_ / "open"})
    fs::permissions(folder, static_cast<fs::perms>(0755));
  fs::permissions(root_ / "shut", fs::perms::none);
  const Walk found = [&] {
    const testing::WithoutPrivileges nobody;
    return walk_all({root_});
  }();
  fs::permissions(root_ / "shut", fs::perms::owner_all);
  EXPECT_THAT(paths_of(found), ElementsAre("open/a.md"));
  ASSERT_EQ(found.failures.size(), 1u);
  EXPECT_EQ(found.failures[0].path, (root_ / "shut").string());
  EXPECT_THAT(found.unread, ElementsAre((root_ / "shut").string()));
}

TEST_F(WalkTest, BoundsAndMissingPathsAreErrors) {
  write("a.md");
  write("b.md");
  EXPECT_THROW(walk_all({root_ / "absent"}), Error);
  EXPECT_THROW(walk_all({root_}, 1), Error);
  const Walk found = walk_all({root_});
  EXPECT_THROW(read_found(found, found.files[0], 3), Error);
  EXPECT_EQ(read_found(found, found.files[0], 4), "text");
}

}  // namespace
}  // namespace carrel::ingest

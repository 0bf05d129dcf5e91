#include "ingest/folder_rules.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/testing.h"

namespace carrel::ingest {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;

RuleNames names() {
  return {{"public", "internal", "confidential", "restricted"},
          {"user:helen", "group:hr", "group:hr-leads", "group:staff"}};
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

std::string refusal_of(const std::string& toml) {
  try {
    RuleFile::parse(toml, "hr/carrel.toml", names());
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
    return e.what();
  }
  return "accepted";
}

constexpr const char* kHr = R"(collection = "hr"
allow = ["group:hr"]
deny  = []
label = "confidential"
owner = "user:helen"
[metadata]
department = "HR"
year = 2025
[[match]]
glob  = "salary*"
label = "restricted"
allow = ["group:hr-leads"]
[[match]]
glob  = "salary-bands*"
label = "confidential"
metadata = { status = "superseded" }
)";

TEST(FolderRules, AFileIsReadAsItIsWritten) {
  const FolderRule rule = RuleFile::parse(kHr, "carrel.toml", names()).rule_for("leave.md");
  EXPECT_EQ(rule.collection, "hr");
  EXPECT_THAT(rule.allow, Optional(ElementsAre("group:hr")));
  EXPECT_THAT(rule.deny, Optional(IsEmpty()));
  EXPECT_EQ(rule.label, "confidential");
  EXPECT_EQ(rule.owner, "user:helen");
  EXPECT_EQ(rule.metadata,
            (std::map<std::string, std::string>{{"department", "HR"}, {"year", "2025"}}));
}

TEST(FolderRules, TheLaterMatchWinsKeyByKey) {
  const RuleFile file = RuleFile::parse(kHr, "carrel.toml", names());
  const FolderRule bands = file.rule_for("salary-bands.csv");
  EXPECT_EQ(bands.label, "confidential");                             // from the later match
  EXPECT_THAT(bands.allow, Optional(ElementsAre("group:hr-leads")));  // from the earlier
  EXPECT_EQ(bands.collection, "hr");                                  // from the folder
  EXPECT_EQ(bands.metadata.at("status"), "superseded");
  EXPECT_EQ(bands.metadata.at("department"), "HR");
  EXPECT_EQ(file.rule_for("salary.csv").label, "restricted");
}

TEST(FolderRules, AnEmptyListIsAValue) {
  const FolderRule rule = RuleFile::parse("allow = []", "carrel.toml", names()).rule_for("a.md");
  EXPECT_THAT(rule.allow, Optional(IsEmpty()));
  EXPECT_EQ(rule.deny, std::nullopt);
}

TEST(FolderRules, TheNearestFolderWinsForEachKey) {
  const testing::TempDir dir;
  write(dir / "carrel.toml",
        "collection = \"all\"\nallow = [\"group:staff\"]\nlabel = \"internal\"\n"
        "[metadata]\ncompany = \"N\"\ndepartment = \"none\"\n"
        "[[match]]\nglob = \"**/secret*\"\nlabel = \"restricted\"\nowner = \"user:helen\"\n");
  write(dir / "hr/carrel.toml",
        "allow = [\"group:hr\"]\nlabel = \"confidential\"\n[metadata]\ndepartment = \"HR\"\n");
  FolderRules rules(dir.path(), names());
  rules.load("");
  rules.load("hr");

  const FolderRule deep = rules.rule_for("hr/2025/may/leave.md");
  EXPECT_EQ(deep.collection, "all");
  EXPECT_THAT(deep.allow, Optional(ElementsAre("group:hr")));
  EXPECT_EQ(deep.label, "confidential");
  EXPECT_EQ(deep.metadata.at("company"), "N");
  EXPECT_EQ(deep.metadata.at("department"), "HR");
  EXPECT_EQ(deep.owner, std::nullopt);

  const FolderRule secret = rules.rule_for("hr/secret.md");
  EXPECT_EQ(secret.label, "confidential");  // the nearer file, though the farther is an exception
  EXPECT_EQ(secret.owner, "user:helen");
  EXPECT_EQ(rules.rule_for("secret.md").label, "restricted");
  EXPECT_THAT(rules.rule_for("hrx/leave.md").allow, Optional(ElementsAre("group:staff")));
}

TEST(FolderRules, ARefusalNamesFileLineAndTheNearestName) {
  EXPECT_THAT(refusal_of("collection = \"hr\"\nalow = [\"group:hr\"]"),
              AllOf(HasSubstr("hr/carrel.toml, line 2"), HasSubstr("did you mean 'allow'")));
  EXPECT_THAT(refusal_of("allow = [\"group:hr-lead\"]"),
              AllOf(HasSubstr("line 1"), HasSubstr("group:hr-leads")));
  EXPECT_THAT(refusal_of("\nlabel = \"confidental\""),
              AllOf(HasSubstr("line 2"), HasSubstr("did you mean 'confidential'")));
  EXPECT_THAT(refusal_of("[[match]]\nglob = \"a\"\n[[match]]\nlabel = \"public\""),
              AllOf(HasSubstr("line 3"), HasSubstr("glob")));
  EXPECT_THAT(refusal_of("[[match]]\nglob = \"{a,b}\"\n"),
              AllOf(HasSubstr("line 2"), HasSubstr("brace")));
  EXPECT_THAT(refusal_of("[[match]]\nglob = \"a\"\nlable = \"public\""),
              AllOf(HasSubstr("line 3"), HasSubstr("did you mean 'label'")));
  EXPECT_THAT(refusal_of("a = 1\n= 2"), HasSubstr("hr/carrel.toml, line 2"));
  EXPECT_THAT(refusal_of("allow = \"group:hr\""), HasSubstr("takes a list"));
  EXPECT_THAT(refusal_of("allow = [\"hr\"]"), HasSubstr("group:NAME"));
  EXPECT_THAT(refusal_of("owner = \"everyone\""), HasSubstr("owned"));
  EXPECT_THAT(refusal_of("[match]\nglob = \"a\""), HasSubstr("[[match]]"));
  EXPECT_THAT(refusal_of("glob = \"a\""), HasSubstr("unknown key 'glob'"));
  EXPECT_THAT(refusal_of("collection = \"\""), HasSubstr("collection's name"));
  EXPECT_THAT(refusal_of("[metadata]\na = [1]"),
              AllOf(HasSubstr("line 2"), HasSubstr("one value")));
}

// A link could show, in the message about what it cannot understand, a file that nobody meant to.
TEST(FolderRules, ALinkedRuleFileIsRefusedAndNotQuoted) {
  const testing::TempDir dir;
  write(dir / "elsewhere/secret", "password = hunter2\n");
  std::filesystem::create_directories(dir / "docs");
  std::filesystem::create_symlink(dir / "elsewhere/secret", dir / "docs/carrel.toml");
  FolderRules rules(dir / "docs", names());
  try {
    rules.load("");
    FAIL() << "the link was followed";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("is a symbolic link"));
    EXPECT_THAT(error.what(), Not(HasSubstr("hunter2")));
  }
}

// Fail closed: without its rules a folder's files would get those of the folder above.
TEST(FolderRules, ARuleFileThatCannotBeReadIsAnError) {
  const testing::TempDir dir;
  write(dir / "carrel.toml", "allow = [\"group:staff\"]\n");
  std::filesystem::create_directories(dir / "folder/carrel.toml");
  std::filesystem::create_directories(dir / "dangling");
  std::filesystem::create_symlink("/nowhere/at/all", dir / "dangling/carrel.toml");
  write(dir / "huge/carrel.toml", "# " + std::string(2 << 20, 'x'));
  FolderRules rules(dir.path(), names());
  EXPECT_NO_THROW(rules.load(""));
  EXPECT_THROW(rules.load("folder"), Error);
  EXPECT_THROW(rules.load("dangling"), Error);
  EXPECT_THROW(rules.load("huge"), Error);
  EXPECT_THROW(rules.load("absent"), Error);
}

}  // namespace
}  // namespace carrel::ingest

// Claim: whoever mistypes is told what to write, scripts can rely on the exit status, and the audit
// log tells what was done from what failed.
#include <algorithm>
#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace carrel {
namespace {

using testing::Files;
using testing::Ran;
using testing::run_program;
using testing::SmallLibrary;

TEST(Program, AnUnknownCommandNamesItsNeighbour) {
  const Ran ran = run_program({"serch", "leave"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_TRUE(ran.err.starts_with("carrel: ")) << ran.err;
  EXPECT_NE(ran.err.find("did you mean 'carrel search'?"), std::string::npos) << ran.err;
}

TEST(Program, AnUnknownSubcommandNamesItsNeighbour) {
  const Ran ran = run_program({"--data", "nowhere", "user", "lst"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("did you mean 'carrel user list'?"), std::string::npos) << ran.err;
}

TEST(Program, AWrongOptionIsToldWithTheCommandsOwnHelp) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"search", "--nope", "x"},
                                             {"search", "x"},
                                             {"search", "x", "--as", "a", "--top", "0"}}) {
    const Ran ran = run_program(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_TRUE(ran.err.starts_with("carrel: ")) << ran.err;
    EXPECT_NE(ran.err.find("carrel search --help"), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

TEST(Program, EveryCommandsHelpHasAnExampleOfItsOwn) {
  const std::vector<std::string> commands = {"init",
                                             "ingest",
                                             "verify",
                                             "doctor",
                                             "search",
                                             "ask",
                                             "serve",
                                             "backup",
                                             "restore",
                                             "user add",
                                             "user list",
                                             "user import",
                                             "user passwd",
                                             "user disable",
                                             "user enable",
                                             "user clearance",
                                             "group add",
                                             "group list",
                                             "group add-member",
                                             "group remove-member",
                                             "key create",
                                             "key list",
                                             "key revoke",
                                             "document list",
                                             "document show",
                                             "document access",
                                             "document delete",
                                             "collection list",
                                             "collection set-default",
                                             "model list",
                                             "model train",
                                             "job list",
                                             "report",
                                             "audit show",
                                             "audit verify",
                                             "audit export",
                                             "eval retrieval",
                                             "eval answers",
                                             "eval golden"};
  for (const std::string& command : commands) {
    std::vector<std::string> arguments;
    const std::size_t space = command.find(' ');
    arguments.push_back(command.substr(0, space));
    if (space != std::string::npos) arguments.push_back(command.substr(space + 1));
    arguments.push_back("--help");
    const Ran ran = run_program(arguments);
    EXPECT_EQ(ran.status, 0) << command;
    EXPECT_NE(ran.out.find("carrel " + command), std::string::npos) << command << ran.out;
    EXPECT_NE(ran.out.find("Example"), std::string::npos) << command;
    EXPECT_EQ(ran.out.find("Each command has its own --help"), std::string::npos)
        << command << " shows the examples of the whole program";
  }
  EXPECT_NE(run_program({"--help"}).out.find("Each command has its own --help"), std::string::npos);
}

TEST(Program, ProgressIsForTerminalsOnly) {
  const SmallLibrary library(Files{});
  testing::write(library.files() / "leave.txt", "Everybody has 25 days of leave.\n");
  const Ran ran = library.run({"ingest", library.files().string()});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_NE(ran.out.find("1 added"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("1 chunk,"), std::string::npos) << ran.out;
}

TEST(Program, IngestFailsOnlyWhereNothingCouldBeTaken) {
  const SmallLibrary library(Files{});
  testing::write(library.files() / "empty.txt", "");
  const Ran nothing = library.run({"ingest", library.files().string()});
  EXPECT_EQ(nothing.status, 1);
  EXPECT_NE(nothing.out.find("nothing could be taken"), std::string::npos) << nothing.out;

  testing::write(library.files() / "leave.txt", "Everybody has 25 days of leave.\n");
  const Ran some = library.run({"ingest", library.files().string()});
  EXPECT_EQ(some.status, 0);
  EXPECT_NE(some.out.find("1 file could not be taken"), std::string::npos) << some.out;
}

TEST(Program, AuditTellsWhatFailedFromWhatWasDone) {
  const SmallLibrary library(Files{});
  EXPECT_EQ(library.run({"user", "disable", "nobody"}).status, 4);
  EXPECT_EQ(library.run({"user", "disable", "ana"}).status, 0);
  const Ran ran = library.run({"audit", "show", "--action", "user.disable", "--json"});
  std::vector<std::string> outcomes;
  const nlohmann::json shown = nlohmann::json::parse(ran.out);
  for (const auto& record : shown["records"])
    if (record["phase"] == "outcome") outcomes.push_back(record["details"]["outcome"]);
  EXPECT_EQ(outcomes, (std::vector<std::string>{"done", "not_found"}));  // newest first
}

TEST(Program, CommandsThatChangeSayWhatTheyDid) {
  const SmallLibrary library(Files{});
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"collection", "set-default", "hr", "--allow", "everyone"},
           {"user", "passwd", "ana"},
           {"user", "clearance", "ana", "internal"},
           {"group", "add", "finance"},
           {"group", "add-member", "finance", "user:ana"},
           {"model", "train"}}) {
    const Ran ran = library.run(arguments);
    EXPECT_EQ(ran.status, 0) << arguments[0] << ran.err;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << arguments[0] << ran.out;
  }
}

TEST(Program, TheReportCountsQuestionsAndShowsWordsOnlyWhenAsked) {
  const SmallLibrary library(Files{{"leave.md", "# Leave\n\nEverybody has 25 days of leave.\n"}});
  for (const char* question : {"How many days of leave does everybody have?",
                               "Who won the chess tournament?", "Who won the chess tournament?"})
    EXPECT_EQ(library.run({"ask", "--as", "ana", question}).status, 0);
  const auto plain = nlohmann::json::parse(library.run({"report", "--json"}).out);
  EXPECT_EQ(plain["questions"], 3);
  EXPECT_EQ(plain["answered"], 1);
  EXPECT_EQ(plain["abstained"], 2);
  EXPECT_EQ(plain["people"], 1);
  EXPECT_FALSE(plain.contains("refused_questions"));
  const auto words = nlohmann::json::parse(library.run({"report", "--words", "--json"}).out);
  EXPECT_EQ(words["refused_questions"][0]["text"], "Who won the chess tournament?");
  EXPECT_EQ(words["refused_questions"][0]["times"], 2);
  EXPECT_NE(library.run({"audit", "show", "--action", "report.words"}).out, "");
}

TEST(Program, SearchShowsTheWordsAndNoLongPath) {
  const SmallLibrary library(
      Files{{"policies/leave.md", "# Leave\n\nEverybody has 25 days of leave.\n"}});
  const Ran ran = library.run({"search", "--as", "ana", "days of leave"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.out.find("*days*"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("policies/leave.md"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.find(library.files().string()), std::string::npos) << ran.out;
}

TEST(Program, ADocumentCannotSteerTheTerminal) {
  const SmallLibrary library(
      Files{{"evil.txt", "The code word is lamp.\x1b]0;owned\x07\x1b[2J\n"}});
  for (const char* command : {"search", "ask"}) {
    const Ran ran = library.run({command, "--as", "ana", "What is the code word?"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.out.find('\x1b'), std::string::npos) << command;
  }
}

}  // namespace
}  // namespace carrel

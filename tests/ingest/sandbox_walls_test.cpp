// Claim: each wall of the sandbox is what prevents an escape, not another that happens to stand
// beside it.
// How: of the walls that all prevent one escape, every other one is taken away, and the escape must
// still fail; then the last one goes too, and it must succeed. A wall that did nothing would fail
// the first, a test that could not tell would fail the second.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"
#include "ingest/nursery.h"
#include "tests/support/testing.h"

namespace carrel::ingest {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Attempt {
  std::string what;
  std::chrono::milliseconds time_max = std::chrono::seconds(60);
  std::size_t text_bytes_max = 64ULL << 20;
};

// What the child says, or how it ended.
std::string outcome(const Attempt& attempt, WallSet without) {
  Nursery nursery(without);
  ChildRequest request;
  request.kind = RequestKind::probe;
  request.name = attempt.what;
  request.limits.time_max = attempt.time_max;
  request.limits.memory_bytes_max = 256ULL << 20;
  request.limits.text_bytes_max = attempt.text_bytes_max;
  try {
    return decode_texts(nursery.run(request, {})).at(0);
  } catch (const Error& error) {
    return error.what();
  }
}

std::vector<std::string> missing_walls(WallSet without = {}) {
  Nursery nursery(without);
  ChildRequest request;
  request.kind = RequestKind::report;
  return decode_texts(nursery.run(request, {}));
}

bool has_wall(const std::string& name) {
  const auto missing = missing_walls();
  return std::none_of(missing.begin(), missing.end(),
                      [&](const std::string& wall) { return wall.starts_with(name); });
}

// A folder that anybody may enter and write, so that only walls stand in the way.
struct OpenFolder {
  testing::TempDir folder;
  OpenFolder() {
    std::ofstream(folder / "secret") << "word";
    EXPECT_EQ(chmod(folder.path().c_str(), 0777), 0);
    EXPECT_EQ(chmod((folder / "secret").c_str(), 0644), 0);
  }
  std::string at(const char* name) const { return (folder / name).string(); }
};

// Tests below are skipped where the kernel lacks a wall; that must not hide one that is no longer
// put up. What the kernel has is asked here without the code under test.
TEST(SandboxWalls, WhatTheKernelHasIsPutUp) {
  if (syscall(SYS_landlock_create_ruleset, nullptr, 0, 1U) >= 1) {
    EXPECT_TRUE(has_wall("Landlock"));
  }
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  constexpr int network = CLONE_NEWNET | CLONE_NEWIPC;
  if (child == 0) _exit(unshare(network) == 0 || unshare(CLONE_NEWUSER | network) == 0 ? 0 : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (status == 0) {
    EXPECT_TRUE(has_wall("network"));
  }
}

TEST(SandboxWalls, LandlockKeepsFilesFromBeingRead) {
  if (!has_wall("Landlock")) GTEST_SKIP() << "this kernel has no Landlock";
  const OpenFolder folder;
  const Attempt read{"open:" + folder.at("secret")};
  EXPECT_EQ(outcome(read, {Wall::system_calls}), "EACCES");
  EXPECT_EQ(outcome(read, {Wall::system_calls, Wall::files}), "done");
}

TEST(SandboxWalls, LandlockKeepsFilesFromBeingWritten) {
  if (!has_wall("Landlock")) GTEST_SKIP() << "this kernel has no Landlock";
  const OpenFolder folder;
  const Attempt write{"write:" + folder.at("new")};
  EXPECT_EQ(outcome(write, {Wall::system_calls}), "EACCES");
  EXPECT_FALSE(std::filesystem::exists(folder.at("new")));
  EXPECT_EQ(outcome(write, {Wall::system_calls, Wall::files}), "done");
  EXPECT_TRUE(std::filesystem::exists(folder.at("new")));
}

// On a kernel without Landlock.
TEST(SandboxWalls, WithoutLandlockTheCallFilterOpensNoFileAtAll) {
  const OpenFolder folder;
  for (const std::string& what : {"open:" + folder.at("secret"), "write:" + folder.at("new"),
                                  std::string("list:/usr/share/fonts")}) {
    EXPECT_EQ(outcome({what}, {Wall::files}), "EPERM") << what;
    EXPECT_EQ(outcome({what}, {Wall::files, Wall::system_calls}), "done") << what;
  }
}

TEST(SandboxWalls, AMissingLandlockIsToldToTheOperator) {
  EXPECT_THAT(missing_walls({Wall::files}), ::testing::Contains(StartsWith("Landlock: ")));
}

TEST(SandboxWalls, TheNetworkNamespaceLeadsNowhere) {
  if (!has_wall("network")) GTEST_SKIP() << "no network namespace for this user";
  const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
  ASSERT_EQ(::listen(listener.get(), 8), 0);
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
  const Attempt connect{"connect:" + std::to_string(ntohs(name.sin_port))};
  EXPECT_THAT(outcome(connect, {Wall::system_calls, Wall::files}),
              AnyOf("ENETUNREACH", "ECONNREFUSED"));
  EXPECT_EQ(outcome(connect, {Wall::system_calls, Wall::files, Wall::network}), "done");
}

TEST(SandboxWalls, TheCallFilterMakesNoSocket) {
  for (const char* what : {"socket", "unix_socket"}) {
    EXPECT_EQ(outcome({what}, {}), "EPERM");
    EXPECT_EQ(outcome({what}, {Wall::system_calls}), "done");
  }
}

TEST(SandboxWalls, TheCallFilterMakesNoProcess) {
  EXPECT_EQ(outcome({"fork"}, {Wall::processes}), "EPERM");
  EXPECT_EQ(outcome({"fork"}, {Wall::processes, Wall::system_calls}), "done");
}

TEST(SandboxWalls, TheProcessLimitMakesNoProcess) {
  if (outcome({"user"}, {}) == "0 0") GTEST_SKIP() << "only one user id exists here";
  EXPECT_EQ(outcome({"fork"}, {Wall::system_calls}), "EAGAIN");
  EXPECT_EQ(outcome({"fork"}, {Wall::system_calls, Wall::processes}), "done");
}

TEST(SandboxWalls, TheCallFilterRunsNoProgram) {
  EXPECT_THAT(outcome({"exec"}, {Wall::files, Wall::processes, Wall::memory}),
              HasSubstr("treat the file as hostile"));
  // The program ran in its place and left without an answer.
  EXPECT_THAT(outcome({"exec"}, {Wall::files, Wall::processes, Wall::memory, Wall::system_calls}),
              HasSubstr("gave up without an answer (status 0)"));
}

TEST(SandboxWalls, TheCallFilterTurnsNoMemoryIntoCode) {
  EXPECT_EQ(outcome({"exec_memory"}, {}), "EPERM");
  EXPECT_EQ(outcome({"exec_memory"}, {Wall::system_calls}), "done");
}

TEST(SandboxWalls, TheSignalFilterReachesNoOtherProcess) {
  const Attempt signal{"tgkill:" + std::to_string(getpid())};
  const WallSet beside{Wall::system_calls, Wall::files, Wall::identity};
  EXPECT_EQ(outcome(signal, beside), "EPERM");
  EXPECT_EQ(outcome(signal, {Wall::system_calls, Wall::files, Wall::identity, Wall::signals}),
            "done");
}

TEST(SandboxWalls, TheMemoryLimitRefusesTenGigabytes) {
#ifdef CARREL_SANITIZED
  GTEST_SKIP() << "sanitizers reserve terabytes of address space";
#endif
  EXPECT_EQ(outcome({"reserve:10240"}, {}), "ENOMEM");
  EXPECT_EQ(outcome({"reserve:10240"}, {Wall::memory}), "done");
}

TEST(SandboxWalls, TheProcessorLimitEndsALoop) {
  const std::chrono::milliseconds least{1};
  EXPECT_THAT(outcome({"spin_for:4", least}, {Wall::wall_clock}), HasSubstr("took longer"));
  EXPECT_EQ(outcome({"spin_for:4", least}, {Wall::wall_clock, Wall::processor}), "done");
}

TEST(SandboxWalls, TheWallClockEndsASleep) {
  const std::chrono::milliseconds little{300};
  EXPECT_THAT(outcome({"sleep_for:2000", little}, {}), HasSubstr("took longer than 300 ms"));
  EXPECT_EQ(outcome({"sleep_for:400", little}, {Wall::wall_clock}), "done");
}

TEST(SandboxWalls, TheFileSizeLimitLetsNothingGrow) {
  const OpenFolder folder;
  const Attempt grow{"grow:" + folder.at("new")};
  EXPECT_EQ(outcome(grow, {Wall::system_calls, Wall::files}), "EFBIG");
  EXPECT_EQ(outcome(grow, {Wall::system_calls, Wall::files, Wall::file_size}), "done");
}

TEST(SandboxWalls, TheDescriptorLimitEndsAHoard) {
  EXPECT_EQ(outcome({"dup:100"}, {Wall::system_calls}), "EMFILE");
  EXPECT_EQ(outcome({"dup:100"}, {Wall::system_calls, Wall::descriptors}), "done");
}

TEST(SandboxWalls, DescriptorsOfTheNurseryAreClosed) {
  const auto open = [](WallSet without) {
    const std::string text = outcome({"descriptors"}, without);
    return std::count(text.begin(), text.end(), ' ');
  };
  EXPECT_EQ(open({}), 2);
  EXPECT_GT(open({Wall::inheritance}), 2);
}

TEST(SandboxWalls, TheEnvironmentIsTakenAway) {
  EXPECT_EQ(outcome({"environment"}, {}), "empty");
  EXPECT_NE(outcome({"environment"}, {Wall::environment}), "empty");
}

TEST(SandboxWalls, BeingNobodyOpensNoFileOfRoot) {
  if (geteuid() != 0 || outcome({"user"}, {}) == "0 0") GTEST_SKIP() << "not run as root";
  const OpenFolder folder;
  ASSERT_EQ(chmod(folder.at("secret").c_str(), 0600), 0);
  const Attempt read{"open:" + folder.at("secret")};
  EXPECT_EQ(outcome(read, {Wall::system_calls, Wall::files}), "EACCES");
  EXPECT_EQ(outcome(read, {Wall::system_calls, Wall::files, Wall::identity}), "done");
}

// A copy of test(1) that belongs to root and runs as its owner asks whether it may read a file of
// root's: with no_new_privs it stays nobody.
TEST(SandboxWalls, ASetUserIdProgramGivesNoPrivileges) {
  struct statvfs about {};
  const OpenFolder folder;
  ASSERT_EQ(statvfs(folder.folder.path().c_str(), &about), 0);
  if (geteuid() != 0 || (about.f_flag & ST_NOSUID) != 0 || outcome({"user"}, {}) == "0 0")
    GTEST_SKIP() << "needs root and a file system that honours set-user-id";
  std::filesystem::copy_file("/usr/bin/test", folder.at("program"));
  ASSERT_EQ(chmod(folder.at("program").c_str(), 04755), 0);
  ASSERT_EQ(chmod(folder.at("secret").c_str(), 0600), 0);
  const Attempt become{"become:" + folder.at("program") + "," + folder.at("secret")};
  const WallSet beside{Wall::system_calls, Wall::signals, Wall::files, Wall::processes,
                       Wall::memory};
  EXPECT_THAT(outcome(become, beside), HasSubstr("(status 1)"));
  EXPECT_THAT(
      outcome(become, WallSet::from_bits(beside.bits() | WallSet{Wall::new_privileges}.bits())),
      HasSubstr("(status 0)"));
}

TEST(SandboxWalls, TheAnswerIsCutAtItsLimit) {
  const Attempt flood{"flood_of:320", std::chrono::seconds(60), 1 << 20};
  EXPECT_THAT(outcome(flood, {Wall::memory}), HasSubstr("longer than its limit"));
  EXPECT_THAT(outcome(flood, {Wall::memory, Wall::answer_size}), HasSubstr("breaks its own rules"));
}

// --- what must work inside: a page whose font is not in the PDF, in a coding that only the tables
// of poppler-data explain.

// "中文" and "汉字" in GBK, in STSong-Light, as Adobe Reader writes them where fonts are installed.
std::string chinese_pdf() {
  const std::string text =
      "BT /F1 36 Tf 40 100 Td <D6D0CEC4> Tj ET BT /F1 36 Tf 40 40 Td <BABAD7D6> Tj ET";
  const std::vector<std::string> objects = {
      "<</Type/Catalog/Pages 2 0 R>>",
      "<</Type/Pages/Kids[3 0 R]/Count 1>>",
      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R"
      "/Resources<</Font<</F1 5 0 R>>>>>>",
      "<</Length " + std::to_string(text.size()) + ">>stream\n" + text + "\nendstream",
      "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/GBK-EUC-H"
      "/DescendantFonts[6 0 R]>>",
      "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light"
      "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000"
      "/FontDescriptor 7 0 R>>",
      "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]"
      "/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>"};
  std::string pdf = "%PDF-1.4\n";
  std::string table;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    char line[32];
    std::snprintf(line, sizeof line, "%010zu 00000 n \n", pdf.size());
    table += line;
    pdf += std::to_string(i + 1) + " 0 obj" + objects[i] + "endobj\n";
  }
  const std::size_t at = pdf.size();
  return pdf + "xref\n0 8\n0000000000 65535 f \n" + table +
         "trailer<</Size 8/Root 1 0 R>>\nstartxref\n" + std::to_string(at) + "\n%%EOF\n";
}

std::string text_of(const std::string& pdf, WallSet without) {
  Nursery nursery(without);
  ChildRequest request;
  request.name = "page.pdf";
  return decode_document(nursery.run(request, pdf), request.limits).text;
}

PageImage drawing_of(const std::string& pdf, WallSet without) {
  Nursery nursery(without);
  ChildRequest request;
  request.kind = RequestKind::draw;
  request.page = 1;
  request.dpi = 72;
  return decode_image(nursery.run(request, pdf));
}

TEST(SandboxWalls, APdfInACodingOfPopplersTablesIsReadInside) {
  if (!std::filesystem::exists("/usr/share/poppler/cMap/Adobe-GB1"))
    GTEST_SKIP() << "poppler-data is not installed";
  if (!has_wall("Landlock")) GTEST_SKIP() << "without Landlock no table can be opened";
  const std::string text = text_of(chinese_pdf(), {});
  EXPECT_THAT(text, HasSubstr("中文"));
  EXPECT_THAT(text, HasSubstr("汉字"));
}

TEST(SandboxWalls, APdfWithoutItsFontsIsDrawnInsideAndWithoutLandlockToo) {
  std::string latin = chinese_pdf();
  for (const auto& [from, to] :
       {std::pair{"/Type0/BaseFont/STSong-Light/Encoding/GBK-EUC-H/DescendantFonts[6 0 R]",
                  "/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding                     "},
        std::pair{"<D6D0CEC4>", "(Leave us)"}, std::pair{"<BABAD7D6>", "(in peace)"}})
    if (const std::size_t at = latin.find(from); at != std::string::npos)
      latin.replace(at, std::string(from).size(), to);
  // The fonts of the machine leave ink: more bytes than an empty page's image has.
  std::string empty = latin;
  for (const char* word : {"(Leave us)", "(in peace)"})
    empty.replace(empty.find(word), 10, "(        )");
  const std::size_t blank = drawing_of(empty, {}).png.size();
  EXPECT_GT(drawing_of(latin, {}).png.size(), blank + 200);
  EXPECT_EQ(drawing_of(latin, {Wall::files}).width, 300);
  EXPECT_THAT(text_of(latin, {Wall::files}), HasSubstr("Leave us"));
}

}  // namespace
}  // namespace carrel::ingest

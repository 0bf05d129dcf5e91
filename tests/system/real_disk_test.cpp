// Claims about a real disk that is full, and one that is read-only: a small tmpfs in a mount
// namespace of a child's own. Where the system does not allow that, the tests skip and say so.
#include <fstream>
#include <functional>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "tests/support/library_fixture.h"
#include "tests/system/fault_world.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;
using testing::FaultWorld;

constexpr int kCannotMount = 42;

// Runs `work` in a child that alone sees a tmpfs of `bytes` mounted on `folder`. What it returns,
// or throws, is what is wrong.
void on_small_disk(const fs::path& folder, const std::string& bytes,
                   const std::function<std::string()>& work) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string options = "size=" + bytes;
    if ((::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", folder.c_str(), "tmpfs", 0, options.c_str()) != 0)
      ::_exit(kCannotMount);
    std::string wrong;
    try {
      wrong = work();
    } catch (const std::exception& e) {
      wrong = std::string("threw: ") + e.what();
    }
    if (::testing::Test::HasFailure()) wrong += " (a judge inside the child complained, see above)";
    const ssize_t written = ::write(pipe_ends[1], wrong.data(), wrong.size());
    ::_exit(written == static_cast<ssize_t>(wrong.size()) ? 0 : 1);
  }
  ::close(pipe_ends[1]);
  std::string wrong;
  char buffer[4096];
  for (ssize_t n; (n = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;)
    wrong.append(buffer, static_cast<std::size_t>(n));
  ::close(pipe_ends[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCannotMount)
    GTEST_SKIP() << "a small disk cannot be mounted here";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the child died: " << status;
  EXPECT_EQ(wrong, "");
}

std::string long_text(int number) {
  std::string out;
  for (int i = 0; i < 400; ++i)
    out += "Sentence " + std::to_string(number * 1000 + i) + " of a long report about lamps. ";
  return out;
}

TEST(RealDisk, FullSaysSoLosesNothingAndGoesOnOnceThereIsRoom) {
  const testing::TempDir folder;
  on_small_disk(folder.path(), "12m", [&]() -> std::string {
    const fs::path lib = folder / "lib";
    { std::ofstream(folder / "filler") << std::string(6 << 20, 'x'); }
    cli::App::init(lib, std::nullopt);
    int accepted = 0;
    std::string complaint;
    {
      const auto app = cli::App::open(lib);
      app->access.create_user("ana", "Ana", "restricted", {"reader"});
      for (int i = 0; complaint.empty() && i < 1000; ++i) {
        const auto document = testing::make_document("file-" + std::to_string(i), "File",
                                                     {long_text(i)}, {"everyone"});
        try {
          app->library.writer().put({&document, 1});
          ++accepted;
          app->library.writer().commit_keywords();
        } catch (const Error& e) {
          complaint = e.what();
        }
      }
      if (accepted < 3) return "too few were accepted: " + complaint;
      if (complaint.find("space") == std::string::npos &&
          complaint.find("full") == std::string::npos)
        return "does not say that the disk is full: " + complaint;
      fs::remove(folder / "filler");
      const auto document = testing::make_document("last", "Last", {"The last one."}, {"everyone"});
      app->library.writer().put({&document, 1});
      app->library.writer().commit_keywords();
    }
    const auto content = FaultWorld::reopen(lib);
    for (int i = 0; i < accepted; ++i)
      if (!content.contains("document file-" + std::to_string(i)))
        return "file-" + std::to_string(i) + " was accepted and is gone";
    return content.contains("document last") ? "" : "the one after there was room again is gone";
  });
}

TEST(RealDisk, ReadOnlySaysSoAndChangesNothing) {
  FaultWorld world;
  const testing::TempDir folder;
  const fs::path source = world.fresh();
  on_small_disk(folder.path(), "64m", [&]() -> std::string {
    fs::copy(source, folder / "lib", fs::copy_options::recursive);
    if (::mount(nullptr, folder.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
      ::_exit(kCannotMount);
    try {
      const auto app = cli::App::open(folder / "lib");
      return "it opened";
    } catch (const Error& e) {
      const std::string what = e.what();
      if (what.find((folder / "lib").string()) == std::string::npos ||
          what.find("ead-only") == std::string::npos)
        return "does not say what is wrong: " + what;
    }
    return "";
  });
}

}  // namespace
}  // namespace carrel

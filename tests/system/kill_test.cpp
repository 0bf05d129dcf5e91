// Claim: kill -9 at any instant loses nothing acknowledged, and the next start needs no repair.
//
// A child process that ingests, or serves, is killed at random moments. Whatever it had
// acknowledged by then (a file reported as done, an upload answered 202, an audit record) must be
// there when the folder is opened again, every store must be in step, and the audit log must
// verify. The seed is printed.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/serving.h"
#include "core/file.h"
#include "core/random.h"
#include "server/server.h"
#include "tests/support/library_fixture.h"
#include "tests/system/fault_world.h"

namespace carrel {
namespace {

using testing::make_document;

// Acknowledgements go to a file with O_APPEND before the next step begins: what a caller would
// know.
class Acknowledged {
 public:
  explicit Acknowledged(std::filesystem::path file) : file_(std::move(file)) {}
  void add(const std::string& what) const {
    std::ofstream(file_, std::ios::app) << what << '\n' << std::flush;
  }
  std::vector<std::string> all() const {
    std::vector<std::string> out;
    std::ifstream in(file_);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }

 private:
  std::filesystem::path file_;
};

// Puts, replaces and deletes documents, embeds them, and writes audit records, until killed.
[[noreturn]] void work_until_killed(const std::filesystem::path& directory,
                                    const Acknowledged& acknowledged, std::uint64_t seed) {
  Rng rng(seed);
  const auto app = cli::App::open(directory);
  if (app == nullptr) ::_exit(3);
  auto& writer = app->library.writer();
  NoProgress silent;
  for (int step = 0;; ++step) {
    const std::string uri = "file-" + std::to_string(rng.below(40));
    const std::string version = std::to_string(seed) + "-" + std::to_string(step);
    std::vector<std::string> texts;
    for (std::uint64_t i = 1 + rng.below(4); i-- > 0;)
      texts.push_back("Version " + version + " of lamp policy number " + std::to_string(i));
    const auto document = make_document(uri, "Title " + uri, texts, {"everyone"});
    acknowledged.add("begin " + uri);
    const auto put = writer.put({&document, 1});
    if (rng.chance(0.15)) {
      acknowledged.add("deleting " + uri);
      writer.remove(put.at(0).document);
      acknowledged.add("deleted " + uri);
    } else {
      acknowledged.add("put " + uri + " " + version);
    }
    if (rng.chance(0.3)) writer.commit_keywords();
    if (rng.chance(0.1)) app->embedder.run(silent, CancelToken{});
    const AuditId id = app->audit.append({.actor = "system", .action = "test", .phase = "event"});
    acknowledged.add("audit " + std::to_string(id.value));
  }
}

void kill_after(pid_t child, std::chrono::milliseconds delay) {
  std::this_thread::sleep_for(delay);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
}

// Holds the reopened library against what was acknowledged.
void check(const std::filesystem::path& directory, const Acknowledged& acknowledged) {
  const auto app = cli::App::open(directory);
  ASSERT_NE(app, nullptr);
  std::map<std::string, std::string> expected;  // uri -> version; "?": being changed when killed
  std::int64_t audited = 0;
  for (const std::string& line : acknowledged.all()) {
    std::istringstream words(line);
    std::string what, uri, version;
    words >> what >> uri >> version;
    if (what == "put") expected[uri] = version;
    if (what == "begin" || what == "deleting") expected[uri] = "?";
    if (what == "deleted") expected.erase(uri);
    if (what == "audit") audited = std::stoll(uri);
  }
  const auto visible = app->access.visibility(app->access.find_user("ana")->id);
  std::map<std::string, DocumentId> found;
  for (const auto& d : app->library.reader().list_documents(visible, {.limit = 1000}))
    found[d.uri] = d.id;
  for (const auto& [uri, version] : expected) {
    if (version == "?") continue;
    ASSERT_TRUE(found.contains(uri)) << uri << " was acknowledged and is gone";
    const auto text = app->library.reader().text_of(visible, found[uri]);
    ASSERT_TRUE(text && text->find("Version " + version + " ") != std::string::npos)
        << uri << " is not at the acknowledged version " << version;
  }
  for (const auto& [uri, id] : found)
    EXPECT_TRUE(expected.contains(uri)) << uri << " was deleted and is back";
  EXPECT_GE(static_cast<std::int64_t>(app->audit.size()), audited) << "audit records are gone";
  NoProgress silent;
  for (const auto& finding : app->library.verify(silent))
    ADD_FAILURE() << finding.store << ": " << finding.what;
  for (const auto& finding : app->audit.verify(std::nullopt)) ADD_FAILURE() << finding.what;
}

TEST(Kill, AnIngestingProcessLosesNothingAcknowledged) {
  const std::uint64_t seed = testing::test_seed();
  Rng rng(seed);
  const testing::TempDir temp;
  const auto directory = temp / "lib";
  cli::App::init(directory, std::nullopt);
  cli::App::open(directory)->access.create_user("ana", "Ana", "restricted", {"reader"});
  const Acknowledged acknowledged(temp / "acknowledged");
  const int kills = testing::test_runs(15);
  for (int i = 0; i < kills; ++i) {
    SCOPED_TRACE(::testing::Message() << "CARREL_SEED=" << seed << ", kill " << i);
    const std::uint64_t child_seed = rng.next() % 1'000'000;
    const pid_t child = ::fork();
    if (child == 0) work_until_killed(directory, acknowledged, child_seed);
    kill_after(child, std::chrono::milliseconds(20 + rng.below(400)));
    check(directory, acknowledged);
    if (HasFailure()) return;
  }
  EXPECT_GT(acknowledged.all().size(), static_cast<std::size_t>(kills));
}

// A serving process accepts uploads; each that was answered must be in the library in the end.
[[noreturn]] void serve_until_killed(const std::filesystem::path& directory,
                                     const Acknowledged& acknowledged, std::uint64_t seed) {
  Rng rng(seed);
  const auto app = cli::App::open(directory);
  if (app == nullptr) ::_exit(3);
  server::ServerOptions options = app->options.server;
  options.listen = "127.0.0.1:0";
  server::Service service = cli::service_of(*app);
  const server::MapAssets assets;
  server::Server server(service, options, assets);
  server.start();
  for (int step = 0;; ++step) {
    const std::string name = "upload-" + std::to_string(seed) + "-" + std::to_string(step) + ".txt";
    testing::accept_upload(server.jobs(), name,
                           "Lamp policy of " + name + ". It was written to be found again.\n");
    acknowledged.add(name);
    std::this_thread::sleep_for(std::chrono::milliseconds(rng.below(30)));
  }
}

TEST(Kill, AServingProcessLosesNoAcceptedUpload) {
  const std::uint64_t seed = testing::test_seed() + 1;
  Rng rng(seed);
  const testing::TempDir temp;
  const auto directory = temp / "lib";
  cli::App::init(directory, std::nullopt);
  cli::App::open(directory)->access.create_user("ana", "Ana", "internal", {"editor"});
  const Acknowledged acknowledged(temp / "acknowledged");
  const int kills = testing::test_runs(10);
  for (int i = 0; i < kills; ++i) {
    const std::uint64_t child_seed = rng.next() % 1'000'000;
    const pid_t child = ::fork();
    if (child == 0) serve_until_killed(directory, acknowledged, child_seed);
    kill_after(child, std::chrono::milliseconds(100 + rng.below(400)));
    if (HasFailure()) return;
  }
  // Started once more, the server finishes what it had promised.
  const auto app = cli::App::open(directory);
  server::ServerOptions options = app->options.server;
  options.listen = "127.0.0.1:0";
  server::Service service = cli::service_of(*app);
  const server::MapAssets assets;
  server::Server server(service, options, assets);
  server.start();
  const std::vector<std::string> wanted = acknowledged.all();
  ASSERT_FALSE(wanted.empty());
  const auto visible = app->access.visibility(app->access.find_user("ana")->id);
  const auto titles = [&] {
    std::set<std::string> out;
    for (const auto& d : app->library.reader().list_documents(visible, {.limit = 100'000}))
      out.insert(d.uri.substr(d.uri.rfind('/') + 1));
    return out;
  };
  // Not a matter of numbers: what was accepted just before a kill, and not yet noted here, comes
  // too.
  const auto all_came = [&] {
    const std::set<std::string> have = titles();
    return std::all_of(wanted.begin(), wanted.end(),
                       [&](const std::string& name) { return have.contains(name); });
  };
  for (int wait = 0; wait < 600 && !all_came(); ++wait)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  server.stop();
  const std::set<std::string> have = titles();
  for (const std::string& name : wanted)
    EXPECT_TRUE(have.contains(name)) << name << " was accepted and is gone; CARREL_SEED=" << seed;
  NoProgress silent;
  for (const auto& finding : app->library.verify(silent))
    ADD_FAILURE() << finding.store << ": " << finding.what;
  for (const auto& finding : app->audit.verify(std::nullopt)) ADD_FAILURE() << finding.what;
}

}  // namespace
}  // namespace carrel

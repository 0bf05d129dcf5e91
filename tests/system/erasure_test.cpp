// Claim: after deleting a document and purging, no word of it stands in any byte of the data
// folder; a purge that was killed is done again; what is held cannot be deleted.
//
// The test reads every file of the folder raw and looks for sentinels: words of the text, the
// title, the headings, the file's name, the author, the collection, what was asked about it, in
// every case and as stems, and the bytes of its embeddings.
#include "index/erasure.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/serving.h"
#include "core/error.h"
#include "core/half.h"
#include "core/random.h"
#include "core/text.h"
#include "server/api.h"
#include "server/job_runner.h"
#include "tests/support/library_fixture.h"
#include "tests/system/fault_world.h"
#include "tests/system/faulty_disk.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kSentinels = {"zorblaxian",  "quuxtitular", "vantablorpy",
                                             "wexforbling", "yttriquotal", "hexplumbage",
                                             "jomblefying", "kadwangling", "priorversium"};
const std::string kFormer = "priorversium";  // stands in a replaced version alone

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// "FILE: needle" for each needle that stands in a file's bytes or its name.
std::vector<std::string> found_raw(const fs::path& directory,
                                   const std::vector<std::string>& needles) {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    std::string bytes = entry.path().filename().string();
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(in), {});
    }
    const std::string folded = lower(bytes);
    for (const std::string& needle : needles)
      if (folded.find(needle) != std::string::npos || bytes.find(needle) != std::string::npos)
        out.push_back(fs::relative(entry.path(), directory).string() + ": " + needle);
  }
  return out;
}

// Each sentinel whole and as the index keeps it.
std::vector<std::string> needles() {
  const Analyzer analyzer;
  std::set<std::string> out;
  for (const std::string& word : kSentinels) {
    out.insert(word);
    for (const Word& w : analyzer.words(word)) out.insert(w.term);
  }
  return {out.begin(), out.end()};
}

index::NewDocument secret_document(const std::vector<std::string>& more = {}) {
  std::vector<std::string> texts = {
      "The Zorblaxian merger is agreed. Zorblaxian staff keep their annual leave.",
      "Costs of the zorblaxian and of the kadwangling, in one table about lamps.",
      "KADWANGLING is done twice a year. The ZORBLAXIAN board agrees to lamps."};
  texts.insert(texts.end(), more.begin(), more.end());
  auto document = testing::make_document("/files/vantablorpy-plan.txt", "The Quuxtitular plan",
                                         texts, {"everyone"});
  document.author = "Wexforbling";
  document.collection = "hexplumbage";
  document.metadata["project"] = "jomblefying";
  for (auto& chunk : document.chunks) chunk.section = "Jomblefying in short";
  return document;
}

server::Caller ana(const cli::App& app) {
  const auto user = app.access.find_user("ana");
  return {{*user, user->actions, "web"}, ""};
}

// As it stood before: long enough that the encoder is trained anew on it.
index::NewDocument former_version() {
  std::vector<std::string> more;
  for (int i = 0; i < 6; ++i)
    more.push_back("A " + kFormer + " of the zorblaxian lamp, part " + std::to_string(i) +
                   ", was agreed by the board.");
  return secret_document(more);
}

// Takes the secret in on every way there is, in two versions, and asks about it.
DocumentId live_with_the_secret(cli::App& app) {
  const auto former = former_version();
  app.library.writer().put({&former, 1});
  app.library.writer().commit_keywords();
  NoProgress none;
  app.embedder.run(none, CancelToken{});
  const auto document = secret_document();
  const DocumentId id = app.library.writer().put({&document, 1}).at(0).document;
  app.library.writer().commit_keywords();
  NoProgress silent;
  app.embedder.run(silent, CancelToken{});
  server::Service service = cli::service_of(app);
  const server::Api api(service, app.options.server);
  api.search_json(ana(app), {"zorblaxian kadwangling", 10, ""}, CancelToken{});
  api.ask_json(ana(app), std::string("What does the Yttriquotal say of annual leave and lamps?"),
               CancelToken{});
  api.documents_json(ana(app), {.query = "vantablorpy"});
  api.document_json(ana(app), id);
  return id;
}

// An uploaded file of the same name is another document; its job's record holds the name.
DocumentId upload_it(cli::App& app) {
  server::Service service = cli::service_of(app);
  service.embedder = nullptr;
  server::JobRunner jobs(service, app.options.server);
  jobs.start();
  auto file = jobs.begin_upload();
  file->write(std::string("The zorblaxian upload speaks of annual leave and of lamps.\n"));
  server::UploadJob job;
  job.user = "ana";
  job.name = "vantablorpy.txt";
  job.collection = "hexplumbage";
  job.label = "internal";
  job.allow = {"everyone"};
  const JobId id = jobs.accept(*file, job);
  while (jobs.find(id)->job.state == server::JobState::queued ||
         jobs.find(id)->job.state == server::JobState::running)
    ::usleep(2000);
  const auto known =
      app.library.writer().known_file("hexplumbage", "upload:user:ana/vantablorpy.txt");
  return known ? known->document : DocumentId{};
}

void carrel_command(cli::App& app, std::vector<std::string> arguments) {
  testing::command(app, app.directory.parent_path(), std::move(arguments));
}

TEST(Erasure, NoByteOfAPurgedDocumentIsLeft) {
  testing::FaultWorld world;
  const fs::path lib = world.fresh();
  std::vector<std::string> embeddings;
  {
    const auto app = cli::App::open(lib);
    const DocumentId id = live_with_the_secret(*app);
    const DocumentId uploaded = upload_it(*app);
    ASSERT_GT(uploaded.value, 0);
    const auto visible = app->access.visibility(app->access.find_user("ana")->id);
    const auto& reader = app->library.reader();
    for (const auto& chunk : reader.chunks_of(visible, id, std::nullopt))
      embeddings.push_back(
          to_half_bytes(*reader.embedding_of(visible, *reader.active_model(), chunk.id))
              .substr(0, 16));
    const std::string encoder =
        index::Erasure(app->library).model_bytes(*app->library.reader().active_model());
    EXPECT_NE(encoder.find(Analyzer().words(kFormer).at(0).term), std::string::npos)
        << "the encoder has learned no word of the version before";
    // The judge must be able to convict: every sentinel is on disk now, and each embedding.
    const auto before = found_raw(lib, needles());
    for (const std::string& word : kSentinels)
      EXPECT_TRUE(std::any_of(before.begin(), before.end(), [&](const std::string& s) {
        return s.ends_with(word);
      })) << word;
    EXPECT_FALSE(found_raw(lib, embeddings).empty());
    for (const DocumentId one : {id, uploaded})
      carrel_command(*app, {"document", "delete", std::to_string(one.value)});
    server::Service service = cli::service_of(*app);
    server::Api(service, app->options.server)
        .search_json(ana(*app), {"is zorblaxian gone", 10, ""}, CancelToken{});
    EXPECT_FALSE(found_raw(lib, needles()).empty()) << "deleting alone leaves traces";
    carrel_command(*app, {"document", "purge"});
    for (const std::string& where : found_raw(lib, needles())) ADD_FAILURE() << where;
    for (const std::string& where : found_raw(lib, embeddings))
      ADD_FAILURE() << "an embedding is left in " << where.substr(0, where.find(':'));
    EXPECT_TRUE(index::Erasure(app->library).pending().empty());
  }
  testing::FaultWorld::reopen(lib);
  for (const std::string& where : found_raw(lib, needles()))
    ADD_FAILURE() << "after opening again: " << where;
}

TEST(Erasure, WhatOthersHoldStays) {
  testing::FaultWorld world;
  const fs::path lib = world.fresh();
  const auto app = cli::App::open(lib);
  const DocumentId id = live_with_the_secret(*app);
  auto other =
      testing::make_document("other", "Another", {"The Zorblaxian lamp is blue."}, {"everyone"});
  app->library.writer().put({&other, 1});
  carrel_command(*app, {"document", "delete", std::to_string(id.value)});
  carrel_command(*app, {"document", "purge"});
  server::Service service = cli::service_of(*app);
  const std::string found = server::Api(service, app->options.server)
                                .search_json(ana(*app), {"zorblaxian lamp", 10, ""}, CancelToken{});
  EXPECT_NE(found.find("The Zorblaxian lamp is blue."), std::string::npos) << found;
  EXPECT_TRUE(found_raw(lib, {"kadwangling"}).empty()) << "a word that only the purged one had";
}

// Killed at any call, the purge is still owed at the next start, and done again leaves nothing.
TEST(Erasure, AKilledPurgeIsDoneAgain) {
  const std::uint64_t seed = testing::test_seed();
  Rng rng(seed);
  testing::FaultWorld world;
  const testing::TempDir kept;
  const fs::path lib = world.fresh();
  {
    const auto app = cli::App::open(lib);
    const DocumentId id = live_with_the_secret(*app);
    carrel_command(*app, {"document", "delete", std::to_string(id.value)});
  }
  fs::copy(lib, kept / "lib", fs::copy_options::recursive);
  std::uint64_t calls = 0;
  {
    const auto app = cli::App::open(lib);
    const testing::FaultyDisk disk({world.struck()});
    carrel_command(*app, {"document", "purge"});
    calls = disk.calls();
  }
  const int kills = testing::test_runs(4);
  for (int i = 0; i < kills; ++i) {
    const testing::FaultPlan plan{world.struck(), testing::FaultKind::kill_after,
                                  1 + rng.below(calls)};
    SCOPED_TRACE(::testing::Message() << "CARREL_SEED=" << seed << ", kill at call " << plan.nth);
    fs::remove_all(lib);
    fs::copy(kept / "lib", lib, fs::copy_options::recursive);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto app = cli::App::open(lib);
      const testing::FaultyDisk disk(plan);
      carrel_command(*app, {"document", "purge"});
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    testing::FaultWorld::reopen(lib);
    const auto app = cli::App::open(lib);
    if (!found_raw(lib, needles()).empty()) {
      EXPECT_FALSE(index::Erasure(app->library).pending().empty()) << "owed, and forgotten";
    }
    carrel_command(*app, {"document", "purge"});
    for (const std::string& where : found_raw(lib, needles())) ADD_FAILURE() << where;
    if (HasFailure()) return;
  }
}

TEST(Holds, AHeldDocumentIsDeletedByNobody) {
  testing::FaultWorld world;
  const auto app = cli::App::open(world.fresh());
  const auto document = secret_document();
  const DocumentId id = app->library.writer().put({&document, 1}).at(0).document;
  const std::string number = std::to_string(id.value);
  carrel_command(*app, {"document", "hold", number, "--reason", "case 14"});
  EXPECT_EQ(index::Erasure(app->library).holds().back().reason, "case 14");
  EXPECT_THROW(carrel_command(*app, {"document", "hold", number, "--reason", "again"}), Error);
  EXPECT_THROW(carrel_command(*app, {"document", "delete", number}), Error);
  server::Service service = cli::service_of(*app);
  EXPECT_THROW(server::Api(service, app->options.server).delete_document(ana(*app), id), Error);
  // Not even by somebody who writes SQL of their own.
  EXPECT_THROW(app->store.write()->execute("DELETE FROM document"), Error);
  carrel_command(*app, {"document", "release", number});
  carrel_command(*app, {"document", "delete", number});
  std::set<std::string> recorded;
  for (const auto& stored : app->audit.list({.limit = 1000})) recorded.insert(stored.record.action);
  EXPECT_TRUE(recorded.contains("document.hold"));
  EXPECT_TRUE(recorded.contains("document.release"));
}

TEST(Retention, DeletesWhatIsDueAndNotWhatIsHeld) {
  testing::FaultWorld world;
  const auto app = cli::App::open(world.fresh());
  index::Erasure erasure(app->library);
  carrel_command(*app, {"collection", "retention", "test", "--days", "30"});
  EXPECT_EQ(erasure.due().size(), 0u);
  const auto count = [&] { return app->library.writer().known_files("").size(); };
  const std::size_t all = count();
  app->store.write()->execute(
      "UPDATE document SET updated_at = updated_at - 31 * 86400000 WHERE uri IN "
      "('file-1', 'file-2', 'file-3')");
  ASSERT_EQ(erasure.due().size(), 3u);
  erasure.hold(erasure.due()[1].document, "case 14", "tester");
  carrel_command(*app, {"document", "expire"});
  EXPECT_EQ(count(), all) << "a dry run changes nothing";
  carrel_command(*app, {"document", "expire", "--delete"});
  EXPECT_EQ(count(), all - 2);
  ASSERT_EQ(erasure.due().size(), 1u);
  EXPECT_TRUE(erasure.due()[0].is_held);
}

}  // namespace
}  // namespace carrel

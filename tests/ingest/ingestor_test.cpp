// Claim: after a run the library holds what the folder holds, with the rights its rules give, and
// the report says what was done; a run that stops anywhere is continued by the next.
#include "ingest/ingestor.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "tests/ingest/ingestor_world.h"
#include "tests/ingest/without_privileges.h"

namespace carrel::ingest {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using IngestorTest = IngestWorld;

TEST_F(IngestorTest, AddsLeavesUpdatesDeletesAndTellsWhatFailed) {
  write("a.md", text_about("annual leave"));
  write("sub/b.md", text_about("travel"));
  write("c.md", text_about("bicycles"));
  write("empty.md", "");
  write("blank.md", " \n\n ");
  write("picture.png", "not read");
  const IngestReport first = ingest();
  EXPECT_EQ(first.added, 3u);
  EXPECT_EQ(first.chunks, 3u);
  EXPECT_EQ(first.failed, 2u);
  EXPECT_EQ(first.skipped, 1u);
  EXPECT_THAT(first.skipped_kinds, ElementsAre(".png: 1 file"));
  ASSERT_THAT(first.failures, SizeIs(2));
  EXPECT_EQ(first.failures[0].path, (docs_ / "blank.md").string());
  EXPECT_THAT(first.failures[0].reason, HasSubstr("no text"));
  EXPECT_THAT(first.failures[1].reason, HasSubstr("empty"));
  EXPECT_THAT(readable_by("ana"), ElementsAre("a.md", "c.md", "sub/b.md"));
  EXPECT_THAT(readable_by("helen"), IsEmpty());
  EXPECT_EQ(found_by("ana", "bicycl"), 1u);

  write("c.md", text_about("scooters"));
  fs::remove(docs_ / "a.md");
  const IngestReport second = ingest();
  EXPECT_EQ(second.unchanged, 1u);
  EXPECT_EQ(second.updated, 1u);
  EXPECT_EQ(second.added, 0u);
  EXPECT_EQ(second.deleted, 0u);
  EXPECT_EQ(found_by("ana", "bicycl"), 0u);
  EXPECT_EQ(found_by("ana", "scooter"), 1u);

  IngestRequest pruning = request();
  pruning.prune = true;
  EXPECT_EQ(ingest(pruning).deleted, 1u);
  EXPECT_THAT(readable_by("ana"), ElementsAre("c.md", "sub/b.md"));
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(IngestorTest, ADocumentIsNamedAndDescribed) {
  write("sub/travel_costs.md", "Hotels cost at most 195 euros a night in Copenhagen.\n");
  write("carrel.toml",
        "collection = \"policies\"\nowner = \"user:helen\"\n[metadata]\nteam = \"x\"\n");
  ingest();
  const auto documents = documents_of("ana");
  ASSERT_THAT(documents, SizeIs(1));
  EXPECT_EQ(documents[0].title, "Travel costs");
  EXPECT_EQ(documents[0].uri, (docs_ / "sub/travel_costs.md").string());
  EXPECT_EQ(documents[0].external_id, "sub/travel_costs.md");
  EXPECT_EQ(documents[0].collection, "policies");
  EXPECT_EQ(documents[0].owner, "user:helen");
  EXPECT_EQ(documents[0].label, "internal");
  EXPECT_EQ(documents[0].metadata.at("team"), "x");
  EXPECT_THAT(readable_by("helen"), SizeIs(1));  // the owner, though not in the group
}

TEST_F(IngestorTest, ChangedRulesReachUnchangedFiles) {
  write("hr/salary.md", text_about("salaries"));
  IngestRequest plain = request();
  plain.allow.clear();
  write("carrel.toml", "allow = [\"group:staff\"]\n");
  EXPECT_EQ(ingest(plain).added, 1u);
  EXPECT_THAT(readable_by("ana"), SizeIs(1));

  write("hr/carrel.toml", "allow = [\"group:hr\"]\nlabel = \"confidential\"\n");
  const IngestReport narrowed = ingest(plain);
  EXPECT_EQ(narrowed.updated, 1u);
  EXPECT_EQ(narrowed.chunks, 0u);  // nothing was read again
  EXPECT_THAT(readable_by("ana"), IsEmpty());
  EXPECT_EQ(documents_of("helen").at(0).version, 1);
  EXPECT_EQ(ingest(plain).unchanged, 1u);

  write("hr/carrel.toml", "allow = [\"group:hr\"]\n");  // without its label: the default again
  EXPECT_EQ(ingest(plain).updated, 1u);
  EXPECT_EQ(documents_of("helen").at(0).label, "internal");

  write("hr/carrel.toml", "allow = [\"group:hr\"]\n[metadata]\nteam = \"pay\"\n");
  EXPECT_EQ(ingest(plain).updated, 1u);
  EXPECT_EQ(documents_of("helen").at(0).metadata.at("team"), "pay");
  EXPECT_EQ(ingest(plain).unchanged, 1u);
}

// A narrowed rule must not wait for the file to become readable again.
TEST_F(IngestorTest, NarrowedRulesHoldForAFileThatCanNoLongerBeRead) {
  write("salary.md", text_about("salaries"));
  ingest();
  EXPECT_THAT(readable_by("ana"), SizeIs(1));
  write("salary.md", "");
  IngestRequest narrowed = request();
  narrowed.allow = {"group:hr"};
  EXPECT_EQ(ingest(narrowed).failed, 1u);
  EXPECT_THAT(readable_by("ana"), IsEmpty());
  EXPECT_THAT(readable_by("helen"), SizeIs(1));
}

TEST_F(IngestorTest, AFileMovesWhenItsRulesNameAnotherCollection) {
  write("a.md", text_about("annual leave"));
  ingest();
  IngestRequest moving = request();
  moving.collection = "other";
  moving.allow = {"group:hr"};
  const IngestReport report = ingest(moving);
  EXPECT_EQ(report.updated, 1u);
  EXPECT_EQ(report.added, 0u);
  EXPECT_THAT(readable_by("ana"), IsEmpty());
  EXPECT_EQ(documents_of("helen").at(0).collection, "other");
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(IngestorTest, DefaultsOfTheCollectionThenOfTheLibraryApply) {
  write("a.md", text_about("annual leave"));
  IngestRequest bare = request();
  bare.allow.clear();
  EXPECT_EQ(ingest(bare).unreadable_by_anyone, 1u);
  EXPECT_THAT(readable_by("ana"), IsEmpty());

  world_.library->writer().set_collection_default("", {{"group:staff"}, {}, "public"});
  EXPECT_EQ(ingest(bare).unreadable_by_anyone, 0u);
  EXPECT_EQ(documents_of("ana").at(0).label, "public");

  world_.library->writer().set_collection_default("default", {{"group:hr"}, {}, ""});
  EXPECT_EQ(ingest(bare).updated, 1u);
  EXPECT_THAT(readable_by("ana"), IsEmpty());
  EXPECT_EQ(documents_of("helen").at(0).label, "public");
}

TEST_F(IngestorTest, ABadRuleOrRequestStopsTheRunBeforeAnythingIsWritten) {
  write("a.md", text_about("annual leave"));
  write("hr/salary.md", text_about("salaries"));
  write("hr/carrel.toml", "allow = [\"group:h\"]\n");
  EXPECT_THROW(ingest(), Error);
  write("hr/carrel.toml", "allow = [\"group:hr\"]\n");
  IngestRequest wrong = request();
  wrong.allow = {"group:nobody"};
  EXPECT_THROW(ingest(wrong), Error);
  wrong = request();
  wrong.label = "secret";
  EXPECT_THROW(ingest(wrong), Error);
  EXPECT_THROW(ingest(request({docs_ / "absent"})), Error);
  EXPECT_THAT(readable_by("ana"), IsEmpty());
  EXPECT_EQ(world_.library->writer().chunk_count(), 0u);
}

class StopsAfter final : public ProgressSink {
 public:
  StopsAfter(std::uint64_t files, const CancelToken* cancel) : files_(files), cancel_(cancel) {}
  void update(const ProgressState& state) override {
    if (state.stage != "reading" || state.done < files_) return;
    if (cancel_ == nullptr) throw std::runtime_error("the terminal went away");
    cancel_->cancel();
  }

 private:
  std::uint64_t files_;
  const CancelToken* cancel_;
};

// One document a batch, and progress told at once, so that the stop comes between two batches.
IngestOptions small_steps() { return {.batch_chunks_max = 1, .commit_chunks_max = 3}; }

class IngestorStops : public IngestWorld {
 protected:
  static constexpr std::size_t kFiles = 150;
  void write_many() {
    for (std::size_t i = 0; i < kFiles; ++i)
      write("f" + std::to_string(1000 + i) + ".md", text_about("subject " + std::to_string(i)));
  }
  void expect_the_next_run_completes() {
    const std::size_t kept = readable_by("ana").size();
    EXPECT_GT(kept, 0u);
    EXPECT_LT(kept, kFiles);
    const IngestReport rest = ingest();
    EXPECT_EQ(rest.unchanged, kept);
    EXPECT_EQ(rest.added, kFiles - kept);
    EXPECT_EQ(found_by("ana", "explain"), kFiles);
    EXPECT_THAT(findings(), IsEmpty());
  }
};

TEST_F(IngestorStops, AnExceptionInTheMiddleKeepsWhatWasDone) {
  write_many();
  StopsAfter progress(3, nullptr);
  Ingestor ingestor(*world_.library, shared_parsers(), world_.clock, small_steps());
  EXPECT_THROW(ingestor.run(request(), progress, CancelToken()), std::runtime_error);
  world_.reopen();
  expect_the_next_run_completes();
}

TEST_F(IngestorStops, ACancelledRunKeepsWhatWasDone) {
  write_many();
  const CancelToken cancel;
  StopsAfter progress(3, &cancel);
  Ingestor ingestor(*world_.library, shared_parsers(), world_.clock, small_steps());
  try {
    ingestor.run(request(), progress, cancel);
    FAIL() << "the run went on";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::cancelled);
  }
  expect_the_next_run_completes();
}

TEST_F(IngestorTest, TwoLibrariesOfOneFolderAreEqualWhateverTheThreadsDid) {
  for (int i = 0; i < 60; ++i) {
    std::string text;
    for (int k = 0; k < (i % 7) * 20 + 1; ++k)
      text += text_about("subject " + std::to_string(i) + " part " + std::to_string(k));
    write("f" + std::to_string(100 + i) + ".md", text);
  }
  const auto contents = [this] {
    std::vector<std::string> out;
    for (const index::DocumentInfo& one : documents_of("ana"))
      for (const auto& chunk :
           world_.library->reader().chunks_of(world_.visible_to("ana"), one.id, {}))
        out.push_back(std::to_string(one.id.value) + " " + one.uri + " " + one.title + " " +
                      std::to_string(chunk.id.value) + " " + chunk.section + " " + chunk.text);
    return out;
  };
  ingest(request(), {.read_threads = 4});
  const auto first = contents();
  EXPECT_GT(first.size(), 60u);
  testing::LibraryFixture other;
  other.user("ana");
  other.user("helen");
  other.access->create_group("staff");
  other.access->add_member("user:ana", "group:staff");
  std::swap(world_.library, other.library);
  std::swap(world_.access, other.access);
  std::swap(world_.store, other.store);
  ingest(request(), {.batch_chunks_max = 7, .read_threads = 1});
  EXPECT_EQ(contents(), first);
  std::swap(world_.library, other.library);
  std::swap(world_.access, other.access);
  std::swap(world_.store, other.store);
}

TEST_F(IngestorTest, PruneSparesWhatLiesElsewhere) {
  write("a/x.md", text_about("annual leave"));
  write("b/y.md", text_about("bicycles"));
  write("ab/z.md", text_about("archives"));
  ingest();
  fs::remove(docs_ / "a/x.md");
  fs::remove(docs_ / "b/y.md");
  fs::remove(docs_ / "ab/z.md");
  write("a/new.md", text_about("novelties"));
  IngestRequest pruning = request({docs_ / "a"});
  pruning.prune = true;
  const IngestReport report = ingest(pruning);
  EXPECT_EQ(report.deleted, 1u);
  EXPECT_EQ(report.added, 1u);
  EXPECT_THAT(readable_by("ana"), ElementsAre("ab/z.md", "b/y.md", "new.md"));
}

TEST_F(IngestorTest, PruneSparesWhatCouldNotBeListed) {
  write("shut/x.md", text_about("annual leave"));
  ingest();
  for (const fs::path& folder : {dir_.path(), docs_})
    fs::permissions(folder, static_cast<fs::perms>(0755));
  fs::permissions(docs_ / "shut", fs::perms::none);
  IngestRequest pruning = request();
  pruning.prune = true;
  const IngestReport report = [&] {
    const testing::WithoutPrivileges nobody;
    return ingest(pruning);
  }();
  fs::permissions(docs_ / "shut", fs::perms::owner_all);
  EXPECT_EQ(report.deleted, 0u);
  EXPECT_EQ(report.failed, 1u);
  EXPECT_THAT(readable_by("ana"), ElementsAre("shut/x.md"));
}

TEST_F(IngestorTest, AnUploadIsADocumentOfItsOwner) {
  NoProgress silent;
  Ingestor ingestor(*world_.library, shared_parsers(), world_.clock, {});
  IngestRequest by_ana{.collection = "uploads", .allow = {"group:staff"}, .owner = "user:ana"};
  IngestRequest by_helen{.collection = "uploads", .allow = {"group:hr"}, .owner = "user:helen"};
  const auto upload = [&](const IngestRequest& who, const std::string& text) {
    return ingestor.run_bytes("C:\\notes\\plan.md", text, who, silent, CancelToken());
  };
  EXPECT_EQ(upload(by_ana, text_about("annual leave")).added, 1u);
  EXPECT_EQ(upload(by_ana, text_about("annual leave")).unchanged, 1u);
  EXPECT_EQ(upload(by_ana, text_about("bicycles")).updated, 1u);
  EXPECT_EQ(upload(by_helen, text_about("salaries")).added, 1u);  // does not replace ana's
  EXPECT_EQ(upload(by_helen, "").failed, 1u);
  EXPECT_THAT(readable_by("ana"), ElementsAre("plan.md"));
  EXPECT_EQ(found_by("ana", "bicycl"), 1u);
  EXPECT_EQ(found_by("ana", "salari"), 0u);
}

}  // namespace
}  // namespace carrel::ingest

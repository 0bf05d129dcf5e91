// Claim: the log keeps what it was given, in order, proves it, and lets words be erased for good.
#include "access/audit_log.h"

#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "core/error.h"
#include "tests/access/ledger.h"

namespace carrel::access {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string bytes_of_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string bytes_of_folder(const std::filesystem::path& folder) {
  std::string out;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    out += bytes_of_file(entry.path());
  return out;
}

TEST(AuditLog, KeepsWhatItWasGivenAcrossRestarts) {
  Ledger ledger;
  AuditRecord record = make_record("user:ana", "ask");
  record.phase = "intent";
  const AuditId intent = ledger.log->append(record, "how much is the fish?");
  EXPECT_EQ(intent.value, 1);
  record.phase = "outcome";
  record.intent = intent;
  record.details = "";
  EXPECT_EQ(ledger.log->append(record).value, 2);
  ledger.close();
  ledger.open();
  EXPECT_EQ(ledger.log->size(), 2u);
  const auto all = ledger.log->list({});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].record.actor, "user:ana");
  EXPECT_EQ(all[0].record.phase, "intent");
  EXPECT_EQ(all[0].record.details, "{\"n\":0}");
  EXPECT_EQ(all[0].words, "how much is the fish?");
  EXPECT_EQ(all[0].time, ledger.clock.now());
  EXPECT_EQ(all[1].record.intent, intent);
  EXPECT_EQ(all[1].record.details, "{}");
  EXPECT_FALSE(all[1].words);
  EXPECT_EQ(ledger.log->append(record).value, 3);
  EXPECT_THAT(ledger.log->verify({}), IsEmpty());
}

TEST(AuditLog, ListsByActorActionAndPosition) {
  Ledger ledger;
  ledger.fill(10);  // ana: 1 3 5 7 9, bo: 2 4 6 8 10
  ledger.log->append(make_record("user:bo", "sign_in"));
  EXPECT_EQ(ledger.log->list({.actor = "user:bo"}).size(), 6u);
  EXPECT_EQ(ledger.log->list({.actor = "user:bo", .action = "sign_in"}).front().id.value, 11);
  const auto newest = ledger.log->list({.actor = "user:ana", .limit = 2, .newest_first = true});
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].id.value, 9);
  EXPECT_EQ(newest[1].id.value, 7);
  EXPECT_EQ(ledger.log->list({.after = {8}, .limit = 2}).front().id.value, 9);
}

TEST(AuditLog, RefusesRecordsThatAreNotWellFormed) {
  Ledger ledger;
  const auto refuses = [&](const AuditRecord& record) {
    try {
      ledger.log->append(record);
      return false;
    } catch (const Error& e) {
      return e.code() == ErrorCode::invalid_argument;
    }
  };
  AuditRecord good = make_record("user:ana", "ask");
  for (const char* details : {"[1]", "{", "words", "{\"a\":\"\xff\"}"}) {
    AuditRecord bad = good;
    bad.details = details;
    EXPECT_TRUE(refuses(bad)) << details;
  }
  AuditRecord bad = good;
  bad.actor = std::string(513, 'a');
  EXPECT_TRUE(refuses(bad));
  bad.actor = "";
  EXPECT_TRUE(refuses(bad));
  bad.actor = std::string("a\0b", 3);
  EXPECT_TRUE(refuses(bad));
  EXPECT_EQ(ledger.log->size(), 0u);
}

TEST(AuditLog, ItsHeadsAreSignedExportedAndReadBack) {
  Ledger ledger;
  const AuditHead empty = ledger.log->head();
  EXPECT_EQ(to_hex(empty.root), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  ledger.fill(5);
  const AuditHead head = ledger.log->head();
  EXPECT_EQ(head.size, 5u);
  const AuditHead again = head_from_json(to_json(head));
  EXPECT_EQ(again.root, head.root);
  EXPECT_EQ(again.signature, head.signature);
  EXPECT_EQ(again.time, head.time);
  EXPECT_THAT(ledger.log->verify(again), IsEmpty());
  for (const char* bad : {"", "{}", "[]", "{\"size\":-1}", "not json"})
    EXPECT_THROW(head_from_json(bad), Error) << bad;
  std::string deep(3000, '[');
  EXPECT_THROW(head_from_json(deep), Error);
}

// An auditor who holds two heads and asks for proofs, over more records than one stored hash
// covers.
TEST(AuditLog, ProvesInclusionAndConsistency) {
  Ledger ledger;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 175; ++i) ledger.log->append(make_record("user:ana", "ask", i));
    });
  for (std::thread& thread : threads) thread.join();
  const AuditHead early = ledger.log->head();
  ASSERT_EQ(early.size, 700u);
  ledger.fill(60);
  ledger.close();
  ledger.open();
  const AuditHead late = ledger.log->head();
  const auto records = ledger.log->list({.limit = 1000});
  for (const std::uint64_t index : {0, 1, 255, 256, 511, 512, 699, 758, 759})
    EXPECT_TRUE(verify_inclusion(records[index].leaf, index, 760,
                                 ledger.log->inclusion_proof(index, 760), late.root))
        << index;
  EXPECT_TRUE(verify_inclusion(records[300].leaf, 300, 700, ledger.log->inclusion_proof(300, 700),
                               early.root));
  EXPECT_TRUE(
      verify_consistency(700, early.root, 760, late.root, ledger.log->consistency_proof(700, 760)));
  EXPECT_THROW(ledger.log->inclusion_proof(760, 760), Error);
  EXPECT_THROW(ledger.log->consistency_proof(700, 761), Error);
}

TEST(AuditLog, ErasedWordsAreGoneFromTheDiskAndTheLogStillVerifies) {
  Ledger ledger;
  ledger.log->append(make_record("user:ana", "ask"), "sentinel-of-ana");
  ledger.log->append(make_record("user:bo", "ask"), "sentinel-of-bo");
  const AuditHead before = ledger.log->head();
  EXPECT_THAT(bytes_of_folder(ledger.directory()), HasSubstr("sentinel-of-ana"));
  const auto of_ana = [](const StoredAuditRecord& one) { return one.record.actor == "user:ana"; };
  EXPECT_EQ(ledger.log->erase_words(of_ana), 1u);
  EXPECT_EQ(ledger.log->erase_words(of_ana), 0u);
  const std::string bytes = bytes_of_folder(ledger.directory());
  EXPECT_EQ(bytes.find("sentinel-of-ana"), std::string::npos);
  EXPECT_THAT(bytes, HasSubstr("sentinel-of-bo"));
  const auto all = ledger.log->list({});
  EXPECT_FALSE(all[0].words);
  EXPECT_EQ(all[1].words, "sentinel-of-bo");
  EXPECT_THAT(ledger.log->verify(before), IsEmpty());
}

TEST(AuditLog, EqualWordsHaveDifferentCommitments) {
  Ledger ledger;
  ledger.log->append(make_record("user:ana", "ask"), "the same");
  ledger.log->append(make_record("user:ana", "ask"), "the same");
  Database db(ledger.directory() / "audit.db");
  Statement row(db, "SELECT count(DISTINCT commitment), min(length(commitment)) FROM audit_record");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.integer(0), 2);
  EXPECT_EQ(row.integer(1), 32);
}

TEST(AuditLog, ItsKeyIsPrivateAndMustNotBeReplaced) {
  Ledger ledger;
  ledger.fill(1);
  struct stat info {};
  ASSERT_EQ(::stat((ledger.directory() / "audit.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ledger.close();
  std::filesystem::rename(ledger.directory() / "audit.key", ledger.dir / "moved.key");
  try {
    ledger.open();
    FAIL() << "a new key was made for an old log";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::unavailable);
    EXPECT_THAT(e.what(), HasSubstr("backup"));
  }
  AuditLog elsewhere(ledger.directory(), {.key_file = ledger.dir / "moved.key"}, ledger.clock,
                     ledger.secrets);
  EXPECT_THAT(elsewhere.verify({}), IsEmpty());
}

TEST(AuditLog, NumbersAreUniqueAndWithoutGapsUnderThreads) {
  Ledger ledger;
  std::vector<std::vector<std::int64_t>> ids(8);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < ids.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i)
        ids[t].push_back(
            ledger.log->append(make_record("user:" + std::to_string(t), "ask", i), "w").value);
    });
  threads.emplace_back([&] {
    for (int i = 0; i < 5; ++i) {
      EXPECT_THAT(ledger.log->verify(ledger.log->head()), IsEmpty());
      ledger.log->erase_words([](const StoredAuditRecord& one) { return one.id.value % 7 == 0; });
    }
  });
  for (std::thread& thread : threads) thread.join();
  std::set<std::int64_t> all;
  const auto records = ledger.log->list({.limit = 1000});
  ASSERT_EQ(records.size(), 200u);
  for (std::size_t t = 0; t < ids.size(); ++t)
    for (const std::int64_t id : ids[t]) {
      EXPECT_TRUE(all.insert(id).second);
      EXPECT_EQ(records[static_cast<std::size_t>(id - 1)].record.actor,
                "user:" + std::to_string(t));
    }
  EXPECT_EQ(*all.rbegin(), 200);
  EXPECT_THAT(ledger.log->verify({}), IsEmpty());
}

}  // namespace
}  // namespace carrel::access

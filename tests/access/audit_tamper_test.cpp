// Claim: whoever edits the log's database is found out, and the finding names the first record. The
// same verification passes on the log before it was touched: the judge convicts and acquits.
#include <gmock/gmock.h>

#include "access/audit_log.h"
#include "core/error.h"
#include "tests/access/ledger.h"

namespace carrel::access {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kRecords = 40;

struct Tampering {
  const char* what;
  std::string sql;
  std::uint64_t record;  // the first one concerned
  const char* finding;
};

void PrintTo(const Tampering& tampering, std::ostream* out) { *out << tampering.what; }

// "head's root" becomes HeadsRoot.
std::string name_of_case(const ::testing::TestParamInfo<Tampering>& info) {
  std::string out;
  bool is_start = true;
  for (const char* c = info.param.what; *c != 0; ++c) {
    if (*c >= 'a' && *c <= 'z') out += is_start ? static_cast<char>(*c - 'a' + 'A') : *c;
    is_start = *c == ' ';
  }
  return out;
}

class AuditTamper : public ::testing::TestWithParam<Tampering> {};

TEST_P(AuditTamper, IsFoundAndNamed) {
  Ledger ledger;
  ledger.fill(kRecords);
  ASSERT_THAT(ledger.log->verify({}), IsEmpty());
  ledger.close();
  ledger.open();
  ASSERT_THAT(ledger.log->verify(ledger.log->head()), IsEmpty());

  ledger.tamper(GetParam().sql);
  const auto findings = ledger.log->verify({});
  ASSERT_THAT(findings, Not(IsEmpty())) << GetParam().what;
  EXPECT_EQ(findings[0].record, GetParam().record) << findings[0].what;
  EXPECT_THAT(findings[0].what, HasSubstr(GetParam().finding));
}

std::string change(const std::string& column, const std::string& value) {
  return "UPDATE audit_record SET " + column + " = " + value + " WHERE id = 17";
}

// Records 17 and up move one number up or down.
const std::string kShiftDown =
    "DELETE FROM audit_record WHERE id = 17; DELETE FROM audit_words WHERE record = 17;"
    "UPDATE audit_record SET id = -id WHERE id > 17; UPDATE audit_record SET id = -id - 1 WHERE id "
    "< 0;"
    "UPDATE audit_words SET record = -record WHERE record > 17;"
    "UPDATE audit_words SET record = -record - 1 WHERE record < 0;";
const std::string kShiftUp =
    "UPDATE audit_record SET id = -id WHERE id >= 17; UPDATE audit_record SET id = -id + 1 WHERE "
    "id < 0;"
    "UPDATE audit_words SET record = -record WHERE record >= 17;"
    "UPDATE audit_words SET record = -record + 1 WHERE record < 0;";
const std::string kForged =
    "INSERT INTO audit_record SELECT 17, time, 'user:eve', os_user, via, action, phase, intent, "
    "details, x'', seal FROM audit_record WHERE id = 16;";

INSTANTIATE_TEST_SUITE_P(
    Sql, AuditTamper,
    ::testing::Values(
        Tampering{"actor", change("actor", "'user:eve'"), 17, "record 17 was changed"},
        Tampering{"os user", change("os_user", "'root'"), 17, "record 17 was changed"},
        Tampering{"via", change("via", "'cli'"), 17, "record 17 was changed"},
        Tampering{"action", change("action", "'search'"), 17, "record 17 was changed"},
        Tampering{"phase", change("phase", "'intent'"), 17, "record 17 was changed"},
        Tampering{"intent", change("intent", "3"), 17, "record 17 was changed"},
        Tampering{"details", change("details", "'{}'"), 17, "record 17 was changed"},
        Tampering{"time", change("time", "time + 1"), 17, "record 17 was changed"},
        Tampering{"commitment", change("commitment", "zeroblob(32)"), 17, "record 17 was changed"},
        Tampering{"commitment dropped",
                  "UPDATE audit_record SET commitment = x'' WHERE id = 16;"
                  "DELETE FROM audit_words WHERE record = 16",
                  16, "record 16 was changed"},
        Tampering{"seal", change("seal", "zeroblob(32)"), 17, "record 17 was changed"},
        Tampering{"a field's end moved into the next one",
                  "UPDATE audit_record SET actor = 'user:anac', os_user = 'arrel' WHERE id = 17",
                  17, "record 17 was changed"},
        Tampering{"first", "UPDATE audit_record SET actor = 'x' WHERE id = 1", 1,
                  "record 1 was changed"},
        Tampering{"last", "UPDATE audit_record SET actor = 'x' WHERE id = 40", 40,
                  "record 40 was changed"},
        Tampering{"removed", "DELETE FROM audit_record WHERE id = 17", 17, "record 17 was removed"},
        Tampering{"several removed", "DELETE FROM audit_record WHERE id BETWEEN 17 AND 20", 17,
                  "records 17 to 20 were removed"},
        Tampering{"removed and renumbered", kShiftDown, 17, "record 17 was removed"},
        Tampering{"swapped",
                  "UPDATE audit_record SET id = -17 WHERE id = 17;"
                  "UPDATE audit_record SET id = 17 WHERE id = 18;"
                  "UPDATE audit_record SET id = 18 WHERE id = -17",
                  17, "written as record 18: records were reordered"},
        Tampering{"moved to the end",
                  "UPDATE audit_record SET id = 1000 WHERE id = 17;"
                  "UPDATE audit_record SET id = -id WHERE id > 17;"
                  "UPDATE audit_record SET id = -id - 1 WHERE id < 0;"
                  "UPDATE audit_record SET id = 40 WHERE id = 999",
                  17, "reordered"},
        Tampering{"inserted", kShiftUp + kForged, 17, "record 17 was inserted"},
        Tampering{"appended",
                  "INSERT INTO audit_record SELECT 41, time, actor, os_user, via, action, phase, "
                  "intent, details, x'', seal FROM audit_record WHERE id = 40",
                  41, "record 41 was inserted"},
        Tampering{"cut off", "DELETE FROM audit_record WHERE id > 35", 36,
                  "records 36 to 40 were cut off"},
        Tampering{"cut off with their head",
                  "DELETE FROM audit_record WHERE id > 35; DELETE FROM audit_head", 1,
                  "records 1 to 35 were left without a signed head"},
        Tampering{"head's root", "UPDATE audit_head SET root = zeroblob(32)", 0,
                  "signed head over 40 records was changed"},
        Tampering{"head's signature", "UPDATE audit_head SET signature = zeroblob(64)", 0,
                  "signed head over 40 records was changed"},
        Tampering{"head's key", "UPDATE audit_head SET public_key = zeroblob(32)", 0,
                  "signed head over 40 records was changed"},
        Tampering{"head's size", "UPDATE audit_head SET size = 39", 0,
                  "signed head over 39 records was changed"},
        Tampering{"words changed", "UPDATE audit_words SET words = 'other' WHERE record = 16", 16,
                  "words of record 16 were changed"},
        Tampering{"salt changed", "UPDATE audit_words SET salt = zeroblob(16) WHERE record = 16",
                  16, "words of record 16 were changed"},
        Tampering{"words removed", "DELETE FROM audit_words WHERE record = 16", 16,
                  "words of record 16 were removed"},
        Tampering{"words removed as if erased",
                  "UPDATE audit_words SET words = NULL, salt = NULL, erased_at = 5, "
                  "erasure = zeroblob(32) WHERE record = 16",
                  16, "removed, but not by the log itself"},
        Tampering{"words added",
                  "INSERT INTO audit_words(record, salt, words) VALUES(17, x'00', 'x')", 17,
                  "words of record 17 were added"},
        Tampering{"words exchanged",
                  "UPDATE audit_words SET record = -16 WHERE record = 16;"
                  "UPDATE audit_words SET record = 16 WHERE record = 19;"
                  "UPDATE audit_words SET record = 19 WHERE record = -16",
                  16, "words of record 16 were changed"}),
    name_of_case);

TEST(AuditTampering, EachOfSeveralChangedRecordsIsNamed) {
  Ledger ledger;
  ledger.fill(kRecords);
  ledger.tamper("UPDATE audit_record SET actor = 'user:eve' WHERE id IN (5, 17, 30)");
  const auto findings = ledger.log->verify({});
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[1].what, "record 17 was changed");
  EXPECT_EQ(findings[2].record, 30u);
}

TEST(AuditTampering, AStoredHashOverManyRecordsIsCheckedToo) {
  Ledger ledger;
  ledger.fill(300);
  ASSERT_THAT(ledger.log->verify({}), IsEmpty());
  ledger.tamper("UPDATE audit_tile SET root = zeroblob(32)");
  const auto findings = ledger.log->verify({});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(findings[0].what, HasSubstr("stored hash over records 1 to 256 was changed"));
}

// Putting back yesterday's copy of the whole folder gives a log that is consistent in itself: only
// the head that was exported meanwhile tells.
TEST(AuditTampering, AnOlderCopyIsFoundOnlyWithAnExportedHead) {
  Ledger ledger;
  ledger.fill(20);
  ledger.close();
  std::filesystem::copy(ledger.directory(), ledger.dir / "copy");
  ledger.open();
  ledger.fill(5);
  const AuditHead exported = head_from_json(to_json(ledger.log->head()));
  ASSERT_THAT(ledger.log->verify(exported), IsEmpty());
  ledger.close();
  std::filesystem::remove_all(ledger.directory());
  std::filesystem::rename(ledger.dir / "copy", ledger.directory());
  ledger.open();
  EXPECT_THAT(ledger.log->verify({}), IsEmpty());
  auto findings = ledger.log->verify(exported);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].record, 21u);
  EXPECT_THAT(findings[0].what, HasSubstr("records 21 to 25 were cut off"));

  ledger.fill(5);  // other records in their place
  findings = ledger.log->verify(exported);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(findings[0].what, HasSubstr("not those that the given head was signed over"));
}

TEST(AuditTampering, AForgedOrForeignHeadIsNotTrusted) {
  Ledger ledger;
  ledger.fill(5);
  AuditHead forged = ledger.log->head();
  forged.size = 4;
  EXPECT_THAT(ledger.log->verify(forged)[0].what, HasSubstr("not validly signed"));
  Ledger other;
  other.fill(5);
  EXPECT_THAT(ledger.log->verify(other.log->head())[0].what, HasSubstr("another key"));
}

TEST(AuditTampering, RecordsThatVanishUnderARunningLogAreMissed) {
  Ledger ledger;
  ledger.fill(10);
  Database db(ledger.directory() / "audit.db");
  db.execute("PRAGMA foreign_keys = OFF");
  db.execute("DELETE FROM audit_record WHERE id > 8; DELETE FROM audit_head");
  const auto findings = ledger.log->verify({});
  ASSERT_THAT(findings, Not(IsEmpty()));
  EXPECT_THAT(findings[0].what, HasSubstr("records 9 to 10 were cut off"));
}

TEST(AuditTampering, ALogThatWasCutTakesNoMoreRecordsAndSignsNothing) {
  Ledger ledger;
  ledger.fill(10);
  ledger.tamper("DELETE FROM audit_record WHERE id = 10");
  try {
    ledger.log->append(make_record("user:ana", "ask"));
    FAIL() << "a record was accepted on top of a log that was cut";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::unavailable);
    EXPECT_THAT(e.what(), HasSubstr("changed from outside"));
  }
  EXPECT_THROW(ledger.log->head(), Error);
  EXPECT_EQ(ledger.log->list({}).size(), 9u);
}

}  // namespace
}  // namespace carrel::access

// Claim: a wall clock that jumps by years, forwards or back, damages no store, and does not undo
// what was done; the audit log stays in the order in which things happened.
#include <gtest/gtest.h>

#include "access/audit_log.h"
#include "core/error.h"
#include "core/random.h"
#include "index/erasure.h"
#include "tests/support/library_fixture.h"

namespace carrel {
namespace {

using testing::make_document;

constexpr auto kYears = std::chrono::hours(24 * 365 * 10);

TEST(ClockJumps, DamageNoStoreAndUndoNothing) {
  testing::LibraryFixture fixture;
  SystemSecretSource secrets;
  access::AuditLog audit(fixture.directory / "audit", {}, fixture.clock, secrets);
  fixture.user("ana");
  DocumentId document;
  for (const auto jump : {std::chrono::hours(0), -kYears, 2 * kYears, -kYears, -3 * kYears}) {
    fixture.clock.advance(std::chrono::duration_cast<std::chrono::milliseconds>(jump));
    const std::string now = to_rfc3339(fixture.clock.now());
    const auto changing = make_document("changing", "Changing", {"It is " + now}, {"everyone"});
    const auto fresh = make_document("fresh-" + now, "Fresh", {"Made at " + now}, {"everyone"});
    index::Writer& writer = fixture.library->writer();
    document = writer.put({&changing, 1}).at(0).document;
    writer.put({&fresh, 1});
    writer.commit_keywords();
    audit.append({.actor = "system", .action = "test", .phase = "event"}, now);
    const auto visible = fixture.visible_to("ana");
    EXPECT_EQ(fixture.library->reader().text_of(visible, document), "It is " + now + "\n");
    fixture.reopen();
    NoProgress silent;
    EXPECT_TRUE(fixture.library->verify(silent).empty());
    EXPECT_TRUE(audit.verify(std::nullopt).empty());
  }
  EXPECT_EQ(audit.list({}).size(), 5u);
  EXPECT_EQ(audit.list({.limit = 1, .newest_first = true}).at(0).id.value, 5);
  // What is held stays held, whatever year it is.
  index::Erasure(*fixture.library).hold(document, "a case", "tester");
  fixture.clock.advance(std::chrono::duration_cast<std::chrono::milliseconds>(5 * kYears));
  EXPECT_THROW(fixture.library->writer().remove(document), Error);
}

}  // namespace
}  // namespace carrel

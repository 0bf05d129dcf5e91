#include "index/feedback.h"

#include "core/error.h"
#include "core/utf8.h"

namespace carrel::index {
namespace {

void check(const NewFeedback& f) {
  const auto refuse = [](const char* what) { throw Error(ErrorCode::invalid_argument, what); };
  if (!f.verdict.empty() && f.verdict != "up" && f.verdict != "down")
    refuse("'verdict' must be up, down or empty.");
  if (f.reason.size() > kReasonBytesMax) refuse("'reason' is longer than 64 bytes.");
  if (f.comment.size() > kCommentBytesMax) refuse("'comment' is longer than 2,000 bytes.");
}

void refuse_too_many(Database& db, const access::Visibility& visible, UnixMillis now) {
  auto& count = db.statement("SELECT count(*) FROM feedback WHERE user = ? AND given > ?");
  count.bind(1, visible.who().value).bind(2, (now + -std::chrono::hours(1)).value).step();
  const std::int64_t given = count.integer(0);
  count.reset();
  if (given >= static_cast<std::int64_t>(kFeedbackPerHourMax))
    throw Error(ErrorCode::deadline, "That is much feedback for an hour; try again later.");
}

bool is_own_message(Database& db, const access::Visibility& visible, MessageId message) {
  auto& find = db.statement(
      "SELECT 1 FROM message m JOIN conversation c ON c.id = m.conversation_id "
      "WHERE m.id = ? AND c.user = ?");
  const bool is_own = find.bind(1, message.value).bind(2, visible.who().value).step();
  find.reset();
  return is_own;
}

std::vector<KeptCitation> citations_of(Database& db, const access::Visibility& visible,
                                       FeedbackId id) {
  auto& rows = db.statement(
      "SELECT f.n, f.chunk_id, d.id, d.title, d.uri, d.mime_type, k.section, k.page, "
      "d.acl_class_id FROM feedback_chunk f JOIN chunk k ON k.id = f.chunk_id "
      "JOIN document d ON d.id = k.document_id WHERE f.feedback_id = ? ORDER BY f.n");
  rows.bind(1, id.value);
  std::vector<KeptCitation> out;
  while (rows.step())
    if (visible.permits(AclClassId{rows.integer(8)}))
      out.push_back({{static_cast<int>(rows.integer(0)), ChunkId{rows.integer(1)},
                      DocumentId{rows.integer(2)}},
                     std::string(rows.text(3)),
                     std::string(rows.text(4)),
                     std::string(rows.text(6)),
                     std::string(rows.text(5)),
                     static_cast<std::int32_t>(rows.integer(7))});
  return out;
}

}  // namespace

void Feedback::give(const access::Visibility& visible, const NewFeedback& feedback) {
  check(feedback);
  const UnixMillis now = clock_.now();
  const auto db = store_.write();
  Transaction transaction(*db);
  if (!is_own_message(*db, visible, feedback.message))
    throw Error(ErrorCode::not_found, "There is no such answer, or it is not yours.");
  if (feedback.verdict.empty()) {
    db->statement("DELETE FROM feedback WHERE message_id = ? AND user = ?")
        .bind(1, feedback.message.value)
        .bind(2, visible.who().value)
        .run();
    transaction.commit();
    return;
  }
  refuse_too_many(*db, visible, now);
  db->statement(
        "INSERT INTO feedback(message_id, user, given, verdict, reason, comment, question, engine, "
        "abstained, answer_hmac) SELECT id, ?2, ?3, ?4, ?5, ?6, searched_for, engine, abstained, "
        "answer_hmac FROM message WHERE id = ?1 "
        "ON CONFLICT(message_id) DO UPDATE SET given = ?3, verdict = ?4, reason = ?5, comment = ?6")
      .bind(1, feedback.message.value)
      .bind(2, visible.who().value)
      .bind(3, now.value)
      .bind(4, feedback.verdict)
      .bind(5, feedback.reason)
      .bind(6, clean_utf8(feedback.comment))
      .run();
  db->statement(
        "INSERT OR IGNORE INTO feedback_chunk(feedback_id, n, chunk_id, document_id) "
        "SELECT f.id, c.n, c.chunk_id, c.document_id FROM citation c "
        "JOIN feedback f ON f.message_id = c.message_id WHERE c.message_id = ?")
      .bind(1, feedback.message.value)
      .run();
  transaction.commit();
}

std::vector<FeedbackInfo> Feedback::list(const access::Visibility& visible, FeedbackId before,
                                         std::size_t limit) const {
  const auto db = store_.read();
  Transaction snapshot(*db, Transaction::Kind::read);
  auto& rows = db->statement(
      "SELECT id, given, user, verdict, reason, comment, question, engine, answer_hmac, abstained "
      "FROM feedback WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC LIMIT ?2");
  rows.bind(1, before.value).bind(2, static_cast<std::int64_t>(limit));
  std::vector<FeedbackInfo> out;
  while (rows.step()) {
    FeedbackInfo one;
    one.id = FeedbackId{rows.integer(0)};
    one.given = UnixMillis{rows.integer(1)};
    one.user = PrincipalId{rows.integer(2)};
    one.verdict = rows.text(3);
    one.reason = rows.text(4);
    one.comment = rows.text(5);
    one.question = rows.text(6);
    one.engine = rows.text(7);
    one.answer_hmac = rows.text(8);
    one.abstained = rows.integer(9) != 0;
    out.push_back(std::move(one));
  }
  for (FeedbackInfo& one : out) one.citations = citations_of(*db, visible, one.id);
  return out;
}

}  // namespace carrel::index

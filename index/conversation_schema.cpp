// The tables of conversations and feedback, with the triggers by which an answer goes together with
// the passages it rests on.
#include <array>

#include "index/schema.h"

namespace carrel::index {
namespace {

constexpr std::array kMigrations = {Migration{1, R"sql(
CREATE TABLE conversation(
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  user    INTEGER NOT NULL REFERENCES principal(id),
  title   TEXT NOT NULL,
  started INTEGER NOT NULL,             -- milliseconds since 1970
  updated INTEGER NOT NULL
) STRICT;
CREATE INDEX conversation_by_user ON conversation(user, updated);
CREATE INDEX conversation_by_age ON conversation(updated);

CREATE TABLE message(
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
  asked           INTEGER NOT NULL,
  question        TEXT NOT NULL,
  searched_for    TEXT NOT NULL,
  engine          TEXT NOT NULL,
  abstained       INTEGER NOT NULL,
  answer_hmac     TEXT NOT NULL,        -- its salt is in the audit log
  sentences       INTEGER NOT NULL      -- that the answer had
) STRICT;
CREATE INDEX message_by_conversation ON message(conversation_id);

CREATE TABLE message_sentence(
  message_id INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
  ordinal    INTEGER NOT NULL,
  text       BLOB NOT NULL,             -- sealed
  PRIMARY KEY(message_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE citation(
  message_id  INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
  ordinal     INTEGER NOT NULL,         -- of the sentence
  n           INTEGER NOT NULL,         -- the passage's number in the answer
  chunk_id    INTEGER NOT NULL,
  document_id INTEGER NOT NULL,
  PRIMARY KEY(message_id, ordinal, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX citation_by_chunk ON citation(chunk_id);

CREATE TABLE feedback(
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id  INTEGER NOT NULL UNIQUE,  -- outlives its message
  user        INTEGER NOT NULL REFERENCES principal(id),
  given       INTEGER NOT NULL,
  verdict     TEXT NOT NULL,            -- up, down
  reason      TEXT NOT NULL,
  comment     TEXT NOT NULL,
  question    TEXT NOT NULL,            -- as it was understood
  engine      TEXT NOT NULL,
  abstained   INTEGER NOT NULL,
  answer_hmac TEXT NOT NULL
) STRICT;
CREATE INDEX feedback_by_user ON feedback(user, given);

CREATE TABLE feedback_chunk(
  feedback_id INTEGER NOT NULL REFERENCES feedback(id) ON DELETE CASCADE,
  n           INTEGER NOT NULL,
  chunk_id    INTEGER NOT NULL,
  document_id INTEGER NOT NULL,
  PRIMARY KEY(feedback_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_by_chunk ON feedback_chunk(chunk_id);

CREATE TRIGGER answers_go_with_their_chunks AFTER DELETE ON chunk BEGIN
  DELETE FROM message_sentence WHERE (message_id, ordinal) IN
    (SELECT message_id, ordinal FROM citation WHERE chunk_id = old.id);
  UPDATE message SET answer_hmac = '' WHERE id IN
    (SELECT message_id FROM citation WHERE chunk_id = old.id);
  DELETE FROM citation WHERE chunk_id = old.id;
  UPDATE feedback SET answer_hmac = '' WHERE id IN
    (SELECT feedback_id FROM feedback_chunk WHERE chunk_id = old.id);
  DELETE FROM feedback_chunk WHERE chunk_id = old.id;
END;
)sql"}};

}  // namespace

void migrate_conversations(Database& db) { migrate(db, "conversations", kMigrations); }

}  // namespace carrel::index

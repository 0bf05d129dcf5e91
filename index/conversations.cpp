#include "index/conversations.h"

#include <algorithm>
#include <unordered_map>

#include "core/error.h"
#include "core/seal.h"
#include "core/utf8.h"
#include "index/catalogue.h"
#include "index/schema.h"

namespace carrel::index {
namespace {

constexpr std::int64_t kExpiredAtOnce = 200;  // so that nobody waits long for the writer

Error no_such_conversation() {
  return Error(ErrorCode::not_found, "There is no such conversation, or it is not yours.");
}

void require_own(Database& db, const access::Visibility& visible, ConversationId id) {
  auto& find = db.statement("SELECT 1 FROM conversation WHERE id = ? AND user = ?");
  const bool is_own = find.bind(1, id.value).bind(2, visible.who().value).step();
  find.reset();
  if (!is_own) throw no_such_conversation();
}

std::string title_of(std::string_view text) {
  const std::string title = collapse_whitespace(clean_utf8(text));
  if (title.size() <= kTitleBytesMax) return title;
  return std::string(truncate_utf8(title, kTitleBytesMax - 3)) + "\u2026";
}

bool chunk_exists(Database& db, ChunkId chunk) {
  auto& find = db.statement("SELECT 1 FROM chunk WHERE id = ?");
  const bool exists = find.bind(1, chunk.value).step();
  find.reset();
  return exists;
}

// Chunks that may be read now, with what a citation shows of them.
class CitationReader {
 public:
  CitationReader(Database& db, const access::Visibility& visible) : db_(db), visible_(visible) {}

  const KeptCitation* find(const CitedChunk& cited) {
    auto entry = seen_.find(cited.chunk);
    if (entry == seen_.end()) entry = seen_.emplace(cited.chunk, read(cited)).first;
    return entry->second ? &*entry->second : nullptr;
  }

 private:
  std::optional<KeptCitation> read(const CitedChunk& cited) {
    auto& row = db_.statement(
        "SELECT d.acl_class_id, d.title, d.uri, d.mime_type, k.section, k.page, d.id "
        "FROM chunk k JOIN document d ON d.id = k.document_id WHERE k.id = ?");
    std::optional<KeptCitation> out;
    if (row.bind(1, cited.chunk.value).step() && visible_.permits(AclClassId{row.integer(0)}))
      out = KeptCitation{{0, cited.chunk, DocumentId{row.integer(6)}},
                         std::string(row.text(1)),
                         std::string(row.text(2)),
                         std::string(row.text(4)),
                         std::string(row.text(3)),
                         static_cast<std::int32_t>(row.integer(5))};
    row.reset();
    return out;
  }

  Database& db_;
  const access::Visibility& visible_;
  std::unordered_map<ChunkId, std::optional<KeptCitation>> seen_;
};

std::vector<std::pair<std::int64_t, CitedChunk>> citations_of(Database& db, MessageId message) {
  auto& rows = db.statement(
      "SELECT ordinal, n, chunk_id, document_id FROM citation WHERE message_id = ? "
      "ORDER BY ordinal, n");
  rows.bind(1, message.value);
  std::vector<std::pair<std::int64_t, CitedChunk>> out;
  while (rows.step())
    out.push_back({rows.integer(0),
                   {static_cast<int>(rows.integer(1)), ChunkId{rows.integer(2)},
                    DocumentId{rows.integer(3)}}});
  return out;
}

// Fills in the sentences that may be shown now, and their citations.
void read_answer(Database& db, CitationReader& readable, std::int64_t sentences_said,
                 KeptMessage& message) {
  const auto citations = citations_of(db, message.id);
  auto& rows =
      db.statement("SELECT ordinal, text FROM message_sentence WHERE message_id = ? ORDER BY 1");
  rows.bind(1, message.id.value);
  while (rows.step()) {
    NewSentence sentence;
    std::vector<KeptCitation> cited;
    bool may_show = true;
    for (const auto& [ordinal, one] : citations) {
      if (ordinal != rows.integer(0)) continue;
      const KeptCitation* found = readable.find(one);
      may_show = may_show && found != nullptr;
      if (found == nullptr) continue;
      sentence.citations.push_back(one.n);
      cited.push_back(*found);
      cited.back().cited.n = one.n;
    }
    // A sentence that names no passage has nothing by which to judge it.
    if (!may_show || sentence.citations.empty()) continue;
    sentence.text = unseal(rows.blob(1));
    message.sentences.push_back(std::move(sentence));
    for (KeptCitation& citation : cited)
      if (std::none_of(message.citations.begin(), message.citations.end(),
                       [&](const auto& c) { return c.cited.n == citation.cited.n; }))
        message.citations.push_back(std::move(citation));
  }
  std::sort(message.citations.begin(), message.citations.end(),
            [](const auto& a, const auto& b) { return a.cited.n < b.cited.n; });
  message.is_whole = static_cast<std::int64_t>(message.sentences.size()) == sentences_said;
}

ConversationId begin_conversation(Database& db, const access::Visibility& visible,
                                  std::string_view question, UnixMillis now) {
  db.statement("INSERT INTO conversation(user, title, started, updated) VALUES(?1, ?2, ?3, ?3)")
      .bind(1, visible.who().value)
      .bind(2, title_of(question))
      .bind(3, now.value)
      .run();
  const ConversationId id{db.last_insert_id()};
  db.statement(
        "DELETE FROM conversation WHERE id IN (SELECT id FROM conversation WHERE user = ? "
        "ORDER BY updated DESC, id DESC LIMIT -1 OFFSET ?)")
      .bind(1, visible.who().value)
      .bind(2, static_cast<std::int64_t>(kConversationsMax))
      .run();
  return id;
}

void require_room(Database& db, ConversationId id) {
  auto& count = db.statement("SELECT count(*) FROM message WHERE conversation_id = ?");
  count.bind(1, id.value).step();
  const std::int64_t messages = count.integer(0);
  count.reset();
  if (messages >= static_cast<std::int64_t>(kMessagesMax))
    throw Error(ErrorCode::conflict, "This conversation is full; begin another.");
}

// Of the sentences, those whose chunks are all still there.
void put_sentences(Database& db, MessageId id, const NewMessage& message) {
  auto& put = db.statement("INSERT INTO message_sentence(message_id, ordinal, text) VALUES(?,?,?)");
  auto& cite = db.statement(
      "INSERT OR IGNORE INTO citation(message_id, ordinal, n, chunk_id, document_id) "
      "VALUES(?,?,?,?,?)");
  for (std::size_t i = 0; i < message.sentences.size(); ++i) {
    const auto ordinal = static_cast<std::int64_t>(i);
    std::vector<CitedChunk> cited;
    for (const CitedChunk& one : message.cited)
      if (std::find(message.sentences[i].citations.begin(), message.sentences[i].citations.end(),
                    one.n) != message.sentences[i].citations.end())
        cited.push_back(one);
    if (!std::all_of(cited.begin(), cited.end(),
                     [&](const CitedChunk& c) { return chunk_exists(db, c.chunk); }))
      continue;
    put.bind(1, id.value).bind(2, ordinal);
    put.bind_blob(3, seal(message.sentences[i].text)).run();
    for (const CitedChunk& one : cited)
      cite.bind(1, id.value)
          .bind(2, ordinal)
          .bind(3, std::int64_t{one.n})
          .bind(4, one.chunk.value)
          .bind(5, one.document.value)
          .run();
  }
}

}  // namespace

Conversations::Conversations(Store& store, const Clock& clock, const ConversationOptions& options)
    : store_(store), clock_(clock), options_(options) {
  migrate_conversations(*store_.write());
  remove_expired();
}

UnixMillis Conversations::oldest_kept() const {
  return clock_.now() + -std::chrono::hours(24 * options_.days_kept);
}

std::vector<ConversationInfo> Conversations::list(const access::Visibility& visible) const {
  const auto db = store_.read();
  auto& rows = db->statement(
      "SELECT id, title, started, updated FROM conversation WHERE user = ? AND updated >= ? "
      "ORDER BY updated DESC, id DESC");
  rows.bind(1, visible.who().value).bind(2, oldest_kept().value);
  std::vector<ConversationInfo> out;
  while (rows.step())
    out.push_back({ConversationId{rows.integer(0)}, std::string(rows.text(1)),
                   UnixMillis{rows.integer(2)}, UnixMillis{rows.integer(3)}});
  return out;
}

std::optional<KeptConversation> Conversations::find(const access::Visibility& visible,
                                                    ConversationId id) const {
  const auto db = store_.read();
  Transaction snapshot(*db, Transaction::Kind::read);
  KeptConversation out;
  {
    auto& row = db->statement(
        "SELECT title, started, updated FROM conversation "
        "WHERE id = ? AND user = ? AND updated >= ?");
    if (!row.bind(1, id.value).bind(2, visible.who().value).bind(3, oldest_kept().value).step())
      return std::nullopt;
    out.conversation = {id, std::string(row.text(0)), UnixMillis{row.integer(1)},
                        UnixMillis{row.integer(2)}};
    row.reset();
  }
  std::vector<std::int64_t> sentences_said;
  auto& rows = db->statement(
      "SELECT m.id, m.asked, m.question, m.searched_for, m.engine, m.abstained, m.sentences, "
      "f.verdict FROM message m LEFT JOIN feedback f ON f.message_id = m.id AND f.user = ?2 "
      "WHERE m.conversation_id = ?1 ORDER BY m.id");
  rows.bind(1, id.value).bind(2, visible.who().value);
  while (rows.step()) {
    KeptMessage message;
    message.id = MessageId{rows.integer(0)};
    message.asked = UnixMillis{rows.integer(1)};
    message.question = rows.text(2);
    message.searched_for = rows.text(3);
    message.engine = rows.text(4);
    message.abstained = rows.integer(5) != 0;
    sentences_said.push_back(rows.integer(6));
    if (!rows.is_null(7)) message.verdict = rows.text(7);
    out.messages.push_back(std::move(message));
  }
  CitationReader readable(*db, visible);
  for (std::size_t i = 0; i < out.messages.size(); ++i)
    read_answer(*db, readable, sentences_said[i], out.messages[i]);
  return out;
}

std::string Conversations::last_question(const access::Visibility& visible,
                                         ConversationId id) const {
  const auto db = store_.read();
  Transaction snapshot(*db, Transaction::Kind::read);
  require_own(*db, visible, id);
  auto& row = db->statement(
      "SELECT searched_for FROM message WHERE conversation_id = ? ORDER BY id DESC LIMIT 1");
  std::string out;
  if (row.bind(1, id.value).step()) out = row.text(0);
  row.reset();
  return out;
}

Conversations::Added Conversations::add(const access::Visibility& visible,
                                        std::optional<ConversationId> id,
                                        const NewMessage& message) {
  const UnixMillis now = clock_.now();
  const auto db = store_.write();
  Transaction transaction(*db);
  if (id) {
    require_own(*db, visible, *id);
    require_room(*db, *id);
  } else {
    id = begin_conversation(*db, visible, message.question, now);
  }
  db->statement(
        "INSERT INTO message(conversation_id, asked, question, searched_for, engine, abstained, "
        "answer_hmac, sentences) VALUES(?,?,?,?,?,?,?,?)")
      .bind(1, id->value)
      .bind(2, now.value)
      .bind(3, message.question)
      .bind(4, message.searched_for)
      .bind(5, message.engine)
      .bind(6, std::int64_t{message.abstained})
      .bind(7, message.answer_hmac)
      .bind(8, static_cast<std::int64_t>(message.sentences.size()))
      .run();
  const MessageId added{db->last_insert_id()};
  put_sentences(*db, added, message);
  db->statement("UPDATE conversation SET updated = ? WHERE id = ?")
      .bind(1, now.value)
      .bind(2, id->value)
      .run();
  transaction.commit();
  return {*id, added};
}

void Conversations::rename(const access::Visibility& visible, ConversationId id,
                           std::string_view title) {
  const std::string clean = title_of(title);
  if (clean.empty())
    throw Error(ErrorCode::invalid_argument, "A conversation's name must not be empty.");
  const auto db = store_.write();
  Transaction transaction(*db);
  require_own(*db, visible, id);
  db->statement("UPDATE conversation SET title = ? WHERE id = ?")
      .bind(1, clean)
      .bind(2, id.value)
      .run();
  transaction.commit();
}

void Conversations::remove(const access::Visibility& visible, ConversationId id) {
  const auto db = store_.write();
  Transaction transaction(*db);
  require_own(*db, visible, id);
  db->statement("DELETE FROM conversation WHERE id = ?").bind(1, id.value).run();
  transaction.commit();
}

void Conversations::remove_all(const access::Visibility& visible) {
  const auto db = store_.write();
  Transaction transaction(*db);
  db->statement("DELETE FROM conversation WHERE user = ?").bind(1, visible.who().value).run();
  transaction.commit();
}

void Conversations::remove_expired() {
  const auto db = store_.write();
  Transaction transaction(*db);
  db->statement(
        "DELETE FROM conversation WHERE id IN "
        "(SELECT id FROM conversation WHERE updated < ? ORDER BY updated LIMIT ?)")
      .bind(1, oldest_kept().value)
      .bind(2, kExpiredAtOnce)
      .run();
  transaction.commit();
}

}  // namespace carrel::index

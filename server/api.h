// server/api.h
//
// What Carrel does for somebody who is known, free of HTTP: plain structs in, JSON text out. The
// web routes, the command line and whatever protocol comes next all pass through here, and with
// them the order of audit: the intent on disk before anything is read, what is shown on disk before
// it is shown.
//
// All members: Errors not_found (absent, or not readable by this caller: the same sentence),
// denied, invalid_argument, unavailable (also when the audit log cannot be written), cancelled,
// deadline.
//
// Threads: all members, any thread. Ownership: borrows the service.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit_log.h"
#include "access/credentials.h"
#include "core/cancel.h"
#include "core/ids.h"
#include "server/options.h"
#include "server/service.h"

namespace carrel::server {

// On whose behalf, and for the command line whose shell it was.
struct Caller {
  access::Identity identity;
  std::string os_user;

  std::string principal() const { return "user:" + identity.user.name; }
  // How long something took can tell of what was looked through: for operators alone.
  bool sees_timings() const {
    return identity.via == "cli" || identity.actions.contains(access::Action::administer);
  }
};

struct SearchRequest {
  std::string query;
  std::size_t top = 10;  // 1..100
  std::string filter;    // as index::parse_filter reads it; empty: none
  bool with_facets = false;
};

struct AskRequest {
  AskRequest(std::string asked) : question(std::move(asked)) {}  // one that stands alone

  std::string question;
  std::vector<std::string> collections;  // only these; empty: all
  // "new": kept, as the first of a conversation; a number: kept in that one of one's own, whose
  // last question this one may lean on; empty: not kept.
  std::string conversation;
  bool as_written = false;  // nothing is carried over
};

// An answer in two steps, so that the second can be streamed: begin_ask() has recorded what will be
// shown; finish() writes the answer and records its end. Destroyed unfinished: recorded as
// abandoned.
class Answering {
 public:
  ~Answering();
  // {"sources":[...],"searched_for":...,"conversation_id":...}; the last where there is one already
  const std::string& sources_json() const;
  // `on_sentence` is given {"text","citations"} for each; it may throw to stop. Returns the `done`
  // object, which is also what `ask --json` prints.
  std::string finish(const std::function<void(const std::string&)>& on_sentence);

 private:
  friend class Api;
  struct State;
  explicit Answering(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct DocumentListRequest {
  std::string collection;  // empty: all
  std::string query;       // contained in title or uri
  std::string after;       // the `next` of the page before
  std::size_t limit = 50;  // 1..200
};

struct ChunksRequest {
  std::optional<std::int32_t> page;  // only those of this page
  std::optional<std::int64_t> from;  // from this ordinal on
  std::optional<ChunkId> chunk;      // without `from`: from where this one is among them
};

struct File {
  std::uint64_t size = 0;
  std::function<std::size_t(std::span<char>)> read;  // the next piece; 0 at the end
  std::string name;
};

class PageCache;

class Api {
 public:
  Api(Service& service, const ServerOptions& options);
  ~Api();

  std::string search_json(const Caller& caller, const SearchRequest& request,
                          const CancelToken& cancel) const;

  std::unique_ptr<Answering> begin_ask(const Caller& caller, const AskRequest& request,
                                       const CancelToken& cancel) const;
  std::string ask_json(const Caller& caller, const AskRequest& request,
                       const CancelToken& cancel) const;
  // Questions to begin with, from headings of documents that the caller may read.
  std::string suggestions_json(const Caller& caller) const;

  // --- one's own conversations; another's are absent
  std::string conversations_json(const Caller& caller) const;
  std::string conversation_json(const Caller& caller, ConversationId id) const;
  std::string rename_conversation_json(const Caller& caller, ConversationId id,
                                       const std::string& title) const;
  void delete_conversation(const Caller& caller, ConversationId id) const;
  void delete_conversations(const Caller& caller) const;

  std::string me_json(const Caller& caller) const;
  std::string collections_json(const Caller& caller) const;

  std::string documents_json(const Caller& caller, const DocumentListRequest& request) const;
  std::string document_json(const Caller& caller, DocumentId id) const;
  // At most 1,000 passages, with the `from` of those that follow.
  std::string chunks_json(const Caller& caller, DocumentId id, const ChunksRequest& request) const;
  std::string versions_json(const Caller& caller, DocumentId id) const;
  // About 4,000 characters of the document around the chunk, which is highlighted.
  std::string text_json(const Caller& caller, DocumentId id, std::optional<ChunkId> chunk) const;
  std::string page_png(const Caller& caller, DocumentId id, std::int32_t page,
                       std::optional<ChunkId> chunk) const;
  File original(const Caller& caller, DocumentId id) const;
  void delete_document(const Caller& caller, DocumentId id) const;
  std::string set_access_json(const Caller& caller, DocumentId id,
                              const access::AclSpec& acl) const;

  // Errors: denied (the label is above the caller's clearance), invalid_argument (unknown).
  void check_label(const Caller& caller, std::string_view label) const;

 private:
  index::DocumentInfo find(const Caller& caller, const access::Visibility& visible,
                           DocumentId id) const;
  bool may_manage(const Caller& caller, const index::DocumentInfo& document) const;

  Service& service_;
  ServerOptions options_;
  std::unique_ptr<PageCache> pages_;
};

}  // namespace carrel::server

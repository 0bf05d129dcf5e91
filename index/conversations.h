// index/conversations.h
//
// What people asked and were answered, kept for the one who asked: conversations of messages, each
// a question and the sentences of its answer with the chunks they rest on. Passages are not kept.
//
// Reading is judged anew each time: a sentence is given back only while every chunk it rests on can
// be read, and the document's title comes from the library of that moment. When a chunk goes (its
// document deleted or replaced) the sentences that rest on it go in the same transaction, by a
// trigger that no caller can forget. What is missing is told by one flag whatever the reason.
//
// Whose conversations are meant is said by the Visibility: nobody reads another's.
//
// Threads: all members, any thread. Ownership: borrows the library's state.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "access/visibility.h"
#include "core/clock.h"
#include "core/ids.h"
#include "core/store.h"

namespace carrel::index {

struct ConversationOptions {
  std::int64_t days_kept = 180;  // since the last message; 1..36,500
};

inline constexpr std::size_t kConversationsMax = 500;  // of one user; the oldest goes first
inline constexpr std::size_t kMessagesMax = 100;       // of one conversation
inline constexpr std::size_t kTitleBytesMax = 200;

struct ConversationInfo {
  ConversationId id;
  std::string title;
  UnixMillis started;
  UnixMillis updated;
};

struct NewSentence {
  std::string text;
  std::vector<int> citations;  // the passages' numbers
};

struct CitedChunk {
  int n = 0;  // the passage's number in its answer
  ChunkId chunk;
  DocumentId document;
};

struct NewMessage {
  std::string question;      // as it was written
  std::string searched_for;  // as it was understood
  std::string engine;
  bool abstained = false;
  std::string answer_hmac;  // hexadecimal; the audit log holds its salt
  std::vector<NewSentence> sentences;
  std::vector<CitedChunk> cited;
};

struct KeptCitation {
  CitedChunk cited;
  std::string title, uri, section, mime_type;
  std::int32_t page = 0;
};

struct KeptMessage {
  MessageId id;
  UnixMillis asked;
  std::string question, searched_for, engine;
  bool abstained = false;
  bool is_whole = true;  // false: some of the answer cannot be shown now, whatever the reason
  std::vector<NewSentence> sentences;   // those that may be shown
  std::vector<KeptCitation> citations;  // of those sentences
  std::string verdict;                  // "up", "down" or empty
};

struct KeptConversation {
  ConversationInfo conversation;
  std::vector<KeptMessage> messages;
};

class Conversations {
 public:
  Conversations(Store& store, const Clock& clock, const ConversationOptions& options);

  std::vector<ConversationInfo> list(const access::Visibility& visible) const;  // newest first
  std::optional<KeptConversation> find(const access::Visibility& visible, ConversationId id) const;
  // What was searched for last in it. Errors: not_found (absent, or another's).
  std::string last_question(const access::Visibility& visible, ConversationId id) const;

  struct Added {
    ConversationId conversation;
    MessageId message;
  };
  // No id: begins one, titled by the question. Sentences whose chunks are gone meanwhile are not
  // kept. Errors: not_found, conflict (full: begin another).
  Added add(const access::Visibility& visible, std::optional<ConversationId> id,
            const NewMessage& message);
  void rename(const access::Visibility& visible, ConversationId id, std::string_view title);
  void remove(const access::Visibility& visible, ConversationId id);  // Errors: not_found
  void remove_all(const access::Visibility& visible);
  void remove_expired();

  const ConversationOptions& options() const { return options_; }

 private:
  UnixMillis oldest_kept() const;

  Store& store_;
  const Clock& clock_;
  ConversationOptions options_;
};

}  // namespace carrel::index

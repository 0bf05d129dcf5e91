// index/feedback.h
//
// What people thought of answers: a thumb up or down with a reason and a comment, kept with the
// question, the hash of the answer and the chunks it cited, for those who look after the library.
// No word of an answer or a passage is kept. The chunks' names are told only under the Visibility
// of whoever looks: an administrator sees that an answer was bad, not what he may not read.
//
// One feedback a message; a later one replaces it. It outlives its conversation.
//
// Threads: all members, any thread. Ownership: borrows the store and the clock.
#pragma once

#include <string>
#include <vector>

#include "access/visibility.h"
#include "index/conversations.h"

namespace carrel::index {

inline constexpr std::size_t kFeedbackPerHourMax = 60;  // of one user
inline constexpr std::size_t kReasonBytesMax = 64;
inline constexpr std::size_t kCommentBytesMax = 2000;

struct NewFeedback {
  MessageId message;
  std::string verdict;  // "up", "down"; empty takes it back
  std::string reason;
  std::string comment;
};

struct FeedbackInfo {
  FeedbackId id;
  UnixMillis given;
  PrincipalId user;
  std::string verdict, reason, comment, question, engine, answer_hmac;
  bool abstained = false;
  std::vector<KeptCitation> citations;  // those the reader of this may read
};

class Feedback {
 public:
  // After Conversations, which makes the tables.
  Feedback(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // Errors: not_found (no such message in an own conversation), deadline (too many of late),
  // invalid_argument (verdict, lengths).
  void give(const access::Visibility& visible, const NewFeedback& feedback);
  // Newest first, those before `before` (none: 0).
  std::vector<FeedbackInfo> list(const access::Visibility& visible, FeedbackId before,
                                 std::size_t limit) const;

 private:
  Store& store_;
  const Clock& clock_;
};

}  // namespace carrel::index

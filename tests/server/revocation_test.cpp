// Claim: a right that is taken away while a request runs is gone from what the request gives,
// whichever step it had reached.
//
// Two barriers stop a request where a test changes rights: every record that it writes to the audit
// log (before reading, before showing, at the end), and the engine, before it writes an answer and
// after each sentence. Whatever is handed out after the change must not hold the document's canary.
#include <atomic>
#include <functional>

#include "core/error.h"
#include "tests/server/world.h"
#include "tests/support/whole_file.h"

namespace carrel::server {
namespace {

constexpr const char* kCanary = "xqvulturine";

// Calls back when the log takes the time of a batch of records: the caller of append() waits.
class BarrierClock final : public Clock {
 public:
  UnixMillis now() const override {
    if (on_now) on_now();
    return clock_.now();
  }
  std::chrono::steady_clock::time_point steady() const override { return clock_.steady(); }
  std::function<void()> on_now;

 private:
  ManualClock clock_;
};

class BarrierEngine final : public generate::Engine {
 public:
  explicit BarrierEngine(const generate::Engine& inner) : inner_(inner) {}
  std::string name() const override { return inner_.name(); }
  generate::Answer answer(std::string_view question, const retrieve::Retrieval& found,
                          const std::function<void(const generate::AnswerSentence&)>& on_sentence,
                          const CancelToken& cancel) const override {
    if (before) before();
    return inner_.answer(
        question, found,
        [&](const generate::AnswerSentence& sentence) {
          if (at_sentence) at_sentence();
          on_sentence(sentence);
        },
        cancel);
  }
  std::function<void()> before;
  std::function<void()> at_sentence;

 private:
  const generate::Engine& inner_;
};

class Revocation : public ::testing::Test {
 protected:
  Revocation() {
    parts_.library.user("ana");
    const std::string word = kCanary;
    const auto document =
        testing::make_document("file-" + word, "About " + word,
                               {"The " + word + " lamp policy gives 27 days of annual leave.",
                                "A second " + word + " passage about annual leave and lamps."},
                               {"user:ana"});
    id_ = parts_.library.library->writer().put({&document, 1}).at(0).document;
    parts_.library.library->writer().commit_keywords();
  }

  void grant(bool allowed) {
    parts_.library.library->writer().set_access(
        id_,
        {allowed ? std::vector<std::string>{"user:ana"} : std::vector<std::string>{},
         {},
         "internal"},
        "");
    is_revoked_ = !allowed;
  }

  Caller ana() const {
    const auto user = parts_.library.access->find_user("ana");
    return {{*user, user->actions, "web"}, ""};
  }

  // Runs `request` with the right taken away at the nth record; what was handed out after that.
  // None: the request came to its end before.
  std::optional<std::string> given_after(int nth,
                                         const std::function<std::string(const Api&)>& request) {
    grant(true);
    std::atomic<int> records = 0;
    clock_.on_now = [&] {
      if (++records == nth) grant(false);
    };
    std::string given;
    try {
      given = request(api_);
    } catch (const Error& e) {
      given = e.what();
    }
    clock_.on_now = nullptr;
    if (!is_revoked_) return std::nullopt;
    return given;
  }

  void judge(const std::string& name, const std::function<std::string(const Api&)>& request) {
    grant(true);
    EXPECT_NE(request(api_).find(kCanary), std::string::npos) << name << " shows nothing at all";
    for (int nth = 1;; ++nth) {
      const auto given = given_after(nth, request);
      if (!given) {
        EXPECT_GT(nth, 2) << name << " writes no records to stop at";
        return;
      }
      EXPECT_EQ(given->find(kCanary), std::string::npos)
          << name << ", right taken away at record " << nth << ": " << *given;
    }
  }

  Parts4Test parts_;
  BarrierClock clock_;
  access::AuditLog audit_{
      parts_.library.directory / "audit-at-barriers", {}, clock_, parts_.secrets};
  BarrierEngine engine_{*parts_.engine};
  Service service_{.data_directory = parts_.library.directory.path(),
                   .clock = parts_.library.clock,
                   .secrets = parts_.secrets,
                   .access = *parts_.library.access,
                   .credentials = parts_.credentials,
                   .audit = audit_,
                   .library = *parts_.library.library,
                   .retriever = parts_.retriever,
                   .engine = engine_,
                   .parsers = shared_parsers(),
                   .ingestor = parts_.ingestor,
                   .embedder = nullptr};
  Api api_{service_, ServerOptions{}};
  DocumentId id_;
  bool is_revoked_ = false;
};

TEST_F(Revocation, AtEveryRecordOfReadingADocument) {
  judge("document", [&](const Api& api) { return api.document_json(ana(), id_); });
  judge("chunks", [&](const Api& api) { return api.chunks_json(ana(), id_, {}); });
  judge("text", [&](const Api& api) { return api.text_json(ana(), id_, std::nullopt); });
  judge("original", [&](const Api& api) { return testing::whole(api.original(ana(), id_)); });
  judge("list", [&](const Api& api) { return api.documents_json(ana(), {}); });
}

TEST_F(Revocation, AtEveryRecordOfASearch) {
  judge("search", [&](const Api& api) {
    nlohmann::json found =
        nlohmann::json::parse(api.search_json(ana(), {"annual leave", 10, ""}, CancelToken{}));
    return found["hits"].dump();
  });
}

TEST_F(Revocation, AtEveryRecordOfAnAnswer) {
  judge("ask", [&](const Api& api) {
    // What was handed out before the right was taken away is not counted.
    std::string given;
    const auto hand_out = [&](const std::string& text) {
      if (is_revoked_) given += text;
    };
    const bool watches = clock_.on_now != nullptr;
    const auto answering =
        api.begin_ask(ana(), std::string("How many days of annual leave?"), CancelToken{});
    hand_out(answering->sources_json());
    const std::string done = answering->finish(hand_out);
    return watches ? given + (is_revoked_ ? done : "") : done;
  });
}

TEST_F(Revocation, BeforeTheAnswerIsWrittenAndAtEachSentence) {
  for (const bool at_sentence : {false, true}) {
    grant(true);
    (at_sentence ? engine_.at_sentence : engine_.before) = [&] { grant(false); };
    const auto answering =
        api_.begin_ask(ana(), std::string("How many days of annual leave?"), CancelToken{});
    std::string given;
    EXPECT_THROW(given += answering->finish([&](const std::string& text) { given += text; }),
                 Error);
    EXPECT_EQ(given.find(kCanary), std::string::npos) << given;
    engine_.before = nullptr;
    engine_.at_sentence = nullptr;
  }
}

TEST_F(Revocation, BetweenTheSourcesAndTheAnswer) {
  grant(true);
  const auto answering =
      api_.begin_ask(ana(), std::string("How many days of annual leave?"), CancelToken{});
  EXPECT_NE(answering->sources_json().find(kCanary), std::string::npos);
  grant(false);
  std::string given;
  EXPECT_THROW(given += answering->finish([&](const std::string& text) { given += text; }), Error);
  EXPECT_EQ(given, "");
}

}  // namespace
}  // namespace carrel::server

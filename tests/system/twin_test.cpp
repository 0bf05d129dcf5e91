// Claim: a document that somebody may not read does not change one byte of what they receive. Twin
// libraries, one with such documents that share the question's words; ids and times aside, and with
// the encoder pinned, the answers are equal to the byte.
#include <map>
#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "cli/serving.h"
#include "core/error.h"
#include "embed/lsa.h"
#include "server/api.h"
#include "tests/support/library_fixture.h"

namespace carrel {
namespace {

using nlohmann::json;
using testing::make_document;

const std::vector<std::string> kTexts = {
    "Staff have 25 days of annual leave in a calendar year. Unused leave lapses in March.",
    "Travel by rail is booked second class. The travel desk answers within one day.",
    "The annual audit begins in May. The auditor reports to the board about leave and travel.",
    "A hotel costs at most 140 euros a night. Breakfast may be added to the bill.",
    "The board meets four times a year. Its minutes are kept for ten years.",
    "Laptops are encrypted. A lost laptop is reported within one hour to the security desk.",
    "Salaries are paid on the fifth working day before the end of the month.",
    "The canteen serves lunch from noon. Vegetarian lunch is served every day.",
    "Parental leave lasts sixteen weeks. Annual leave is not reduced by it.",
    "Visitors sign in at the desk and wear a badge."};

struct Twin {
  testing::TempDir directory;
  std::unique_ptr<cli::App> app;
  std::unique_ptr<server::Service> service;
  std::unique_ptr<server::Api> api;

  explicit Twin(bool with_secrets) {
    cli::App::init(directory / "lib", std::nullopt);
    app = cli::App::open(directory / "lib");
    app->access.create_user("ana", "Ana", "internal", {"reader"});
    app->access.create_user("eve", "Eve", "restricted", {"reader"});
    for (std::size_t i = 0; i < kTexts.size(); ++i) {
      if (with_secrets) put_secret(i);
      put(under_headings(make_document("file" + std::to_string(i), "Document " + std::to_string(i),
                                       {kTexts[i], kTexts[(i + 3) % kTexts.size()]}, {"user:ana"}),
                         {"Who decides about this", "Amounts and dates"}));
    }
    pin_encoder();
    service = std::make_unique<server::Service>(cli::service_of(*app));
    api = std::make_unique<server::Api>(*service, app->options.server);
  }

  static index::NewDocument under_headings(index::NewDocument document,
                                           const std::vector<std::string>& headings) {
    for (std::size_t i = 0; i < document.chunks.size(); ++i)
      document.chunks[i].section = document.title + " > " + headings[i % headings.size()];
    return document;
  }

  void put(const index::NewDocument& document) {
    app->library.writer().put({&document, 1});
    app->library.writer().commit_keywords();
  }

  // Shares words with what ana may read, repeats them, adds rare ones, and is longer.
  void put_secret(std::size_t i) {
    std::string text = kTexts[i] + " Annual leave travel audit board hotel. ";
    for (int n = 0; n < 5; ++n) text += "Leave leave annual merger target. ";
    put(under_headings(
        make_document("secret" + std::to_string(i), "Annual leave and travel", {text, text},
                      {"user:eve"}, i % 2 == 0 ? "restricted" : "internal"),
        {"The merger", "Amounts and dates"}));
  }

  // The same encoder in both, trained on what both hold.
  void pin_encoder() {
    std::size_t at = 0;
    const embed::TextSource source{
        [&]() -> const std::string* { return at < kTexts.size() ? &kTexts[at++] : nullptr; },
        [&] { at = 0; }, kTexts.size()};
    NoProgress silent;
    const auto encoder = embed::train_lsa(source, {.term_chunks_min = 1}, silent, CancelToken{});
    ASSERT_NE(encoder, nullptr);
    auto& writer = app->library.writer();
    const ModelId model =
        writer.create_model("lsa", encoder->dim(), kTexts.size(), encoder->to_bytes());
    const auto chunks = writer.chunks_to_embed(model, ChunkId{0}, 1000);
    std::vector<std::string_view> texts;
    std::vector<ChunkId> ids;
    for (const auto& chunk : chunks) {
      texts.push_back(chunk.text);
      ids.push_back(chunk.id);
    }
    std::vector<float> rows(texts.size() * encoder->dim());
    encoder->encode(texts, rows);
    writer.put_embeddings(model, ids, rows);
    writer.activate(model);
  }

  server::Caller ana() const {
    const auto user = app->access.find_user("ana");
    return {{*user, user->actions, "web"}, ""};
  }
};

// Ids become their order of appearance, times become nothing.
class Canonical {
 public:
  std::string of(const std::string& text) {
    json value = json::parse(text);
    visit(value);
    return value.dump();
  }

 private:
  void visit(json& value) {
    if (value.is_object()) {
      for (const char* name :
           {"took_ms", "timings_ms", "created_at", "updated_at", "asked_at", "started_at"})
        value.erase(name);
      for (auto& [name, inner] : value.items()) {
        if (name == "document_id" || name == "chunk_id")
          inner = ids_.try_emplace(name + inner.dump(), ids_.size()).first->second;
        else
          visit(inner);
      }
    } else if (value.is_array()) {
      for (json& inner : value) visit(inner);
    }
  }
  std::map<std::string, std::size_t> ids_;
};

// Two questions of a conversation, and what is kept of them.
std::string conversation_in(const Twin& twin) {
  server::AskRequest request(std::string("How many days of annual leave do staff have?"));
  request.conversation = "new";
  const std::string first = twin.api->ask_json(twin.ana(), request, CancelToken{});
  server::AskRequest second(std::string("And what does it cost?"));
  const json id = json::parse(first)["conversation_id"];
  second.conversation = id.dump();
  const std::string next = twin.api->ask_json(twin.ana(), second, CancelToken{});
  Canonical canonical;
  return canonical.of(first) + canonical.of(next) +
         canonical.of(twin.api->conversation_json(twin.ana(), {id.get<std::int64_t>()}));
}

TEST(Twins, AnswersAreEqualToTheByteWithAndWithoutUnreadableDocuments) {
  const Twin plain(false);
  const Twin secret(true);
  const CancelToken cancel;
  const std::vector<std::string> questions = {"annual leave",
                                              "How many days of annual leave do staff have?",
                                              "What does a hotel cost?",
                                              "When does the audit begin?",
                                              "travel board leave audit",
                                              "merger target",
                                              "\"annual leave\" -parental",
                                              "Who reports a lost laptop?",
                                              "quarterly dividend of the sailing club"};
  for (const std::string& question : questions) {
    SCOPED_TRACE(question);
    EXPECT_EQ(Canonical().of(plain.api->search_json(plain.ana(), {question, 20, ""}, cancel)),
              Canonical().of(secret.api->search_json(secret.ana(), {question, 20, ""}, cancel)));
    EXPECT_EQ(Canonical().of(plain.api->ask_json(plain.ana(), question, cancel)),
              Canonical().of(secret.api->ask_json(secret.ana(), question, cancel)));
  }
  EXPECT_NE(plain.api->suggestions_json(plain.ana()).find("Amounts and dates"), std::string::npos);
  // Starters, a follow-up and the conversation when it is opened again, facets too.
  EXPECT_EQ(plain.api->suggestions_json(plain.ana()), secret.api->suggestions_json(secret.ana()));
  EXPECT_EQ(conversation_in(plain), conversation_in(secret));
  const server::SearchRequest with_facets{.query = "annual leave", .top = 20, .with_facets = true};
  EXPECT_EQ(Canonical().of(plain.api->search_json(plain.ana(), with_facets, cancel)),
            Canonical().of(secret.api->search_json(secret.ana(), with_facets, cancel)));
  EXPECT_EQ(Canonical().of(plain.api->documents_json(plain.ana(), {})),
            Canonical().of(secret.api->documents_json(secret.ana(), {})));
  EXPECT_EQ(plain.api->collections_json(plain.ana()), secret.api->collections_json(secret.ana()));
}

// The encoder learns from all documents. Whether it knows a word that only hidden ones hold must
// not show: not as hits by nearness, and not for a word that the asker has written once themselves.
TEST(Twins, AWordThatOnlyHiddenDocumentsHoldFindsNothing) {
  const testing::TempDir directory;
  cli::App::init(directory / "lib", std::nullopt);
  const auto app = cli::App::open(directory / "lib");
  app->access.create_user("ana", "Ana", "internal", {"reader"});
  app->access.create_user("eve", "Eve", "restricted", {"reader"});
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    const std::string number = std::to_string(i);
    const auto open = make_document("open" + number, "Open " + number, {kTexts[i]}, {"everyone"});
    const auto hidden = make_document("hidden" + number, "Hidden " + number,
                                      {"The merger with Solvane. " + kTexts[i]}, {"user:eve"});
    app->library.writer().put({&open, 1});
    app->library.writer().put({&hidden, 1});
  }
  const auto own = make_document("own", "Own", {"Solvane is a word that I guessed."}, {"everyone"});
  app->library.writer().put({&own, 1});
  app->library.writer().commit_keywords();
  NoProgress silent;
  ASSERT_TRUE(app->embedder.run(silent, CancelToken{}).trained);
  server::Service service = cli::service_of(*app);
  const server::Api api(service, app->options.server);
  const auto hits = [&](const std::string& user, const std::string& query) {
    const auto found = app->access.find_user(user);
    return json::parse(api.search_json({{*found, found->actions, "web"}, ""}, {query, 20, ""},
                                       CancelToken{}))["hits"]
        .size();
  };
  EXPECT_EQ(hits("ana", "merger"), 0u);
  EXPECT_EQ(hits("ana", "mergen"), 0u);
  EXPECT_EQ(hits("ana", "Solvane"), 1u) << "the asker's own document, and nothing near it";
  EXPECT_GT(hits("eve", "merger"), 1u);
}

// What a hidden document says and what an absent one says cannot be told apart.
TEST(Twins, HiddenAndAbsentDocumentsGiveTheSameError) {
  const Twin secret(true);
  const auto error_of = [&](DocumentId id) {
    try {
      secret.api->document_json(secret.ana(), id);
    } catch (const Error& e) {
      return std::string(name_of(e.code())) + ": " + e.what();
    }
    return std::string("readable");
  };
  EXPECT_EQ(error_of(DocumentId{1}), error_of(DocumentId{999'999}));
  EXPECT_NE(error_of(DocumentId{1}), "readable");
}

}  // namespace
}  // namespace carrel

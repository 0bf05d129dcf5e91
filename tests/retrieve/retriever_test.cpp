// Claims: whoever asks, no passage outside their rights comes back, and what they may not read does
// not change what they get, down to the last bit of a score (keyword arm; the trained encoder is
// the documented exception). How: twin libraries drawn from a seed, one with unreadable documents
// woven in. The judge compares what this test wrote, never what the index stored.
#include "retrieve/retriever.h"

#include <set>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "tests/support/library_fixture.h"

namespace carrel::retrieve {
namespace {

const std::vector<std::string> kWords = {"leave",   "badge",    "travel",   "invoice", "laptop",
                                         "hotel",   "password", "audit",    "salary",  "bonus",
                                         "canteen", "parking",  "visitor",  "gateway", "firmware",
                                         "lamp",    "contract", "supplier", "budget",  "training"};

std::string make_text(Rng& rng) {
  std::string out;
  for (int i = 0; i < 30; ++i) out += kWords[rng.below(kWords.size())] + (i % 10 == 9 ? ". " : " ");
  return out;
}

class TestLibrary {
 public:
  TestLibrary() : ana_(fixture_.user("ana", "internal")) { fixture_.user("root"); }

  void put(const std::string& name, const std::string& text, const std::string& reader) {
    const index::NewDocument document = testing::make_document(name, "Note", {text}, {reader});
    library().writer().put({&document, 1});
  }
  void commit() { library().writer().commit_keywords(); }

  Retrieval ask(const std::string& question, const RetrieveOptions& options = {}) const {
    const Retriever retriever(fixture_.library->reader(), *fixture_.access);
    return retriever.retrieve(fixture_.access->visibility(ana_), question, options, CancelToken{});
  }

  access::AccessControl& access() { return *fixture_.access; }
  index::Library& library() { return *fixture_.library; }
  PrincipalId ana() const { return ana_; }

 private:
  testing::LibraryFixture fixture_;
  PrincipalId ana_;
};

struct Seen {
  std::string uri, text;
  double score, coverage;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> seen(const Retrieval& retrieval) {
  std::vector<Seen> out;
  for (const Passage& p : retrieval.passages) out.push_back({p.uri, p.text, p.score, p.coverage});
  return out;
}

TEST(RetrieverTwins, UnreadableDocumentsChangeNothing) {
  const std::uint64_t seed = testing::test_seed();
  SCOPED_TRACE(::testing::Message() << "repeat with CARREL_SEED=" << seed);
  Rng rng(seed);
  TestLibrary plain, twin;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "doc" + std::to_string(i), text = make_text(rng);
    if (rng.chance(0.6)) twin.put("secret" + name, make_text(rng) + " leave leave", "user:root");
    plain.put(name, text, "user:ana");
    twin.put(name, text, "user:ana");
  }
  plain.commit();
  twin.commit();
  for (int i = 0; i < testing::test_runs(40); ++i) {
    const std::string question =
        kWords[rng.below(kWords.size())] + " " + kWords[rng.below(kWords.size())];
    const Retrieval a = plain.ask(question), b = twin.ask(question);
    EXPECT_EQ(seen(a), seen(b)) << question;
    ASSERT_EQ(a.terms.size(), b.terms.size());
    for (std::size_t t = 0; t < a.terms.size(); ++t) {
      EXPECT_EQ(a.terms[t].document_frequency, b.terms[t].document_frequency);
      EXPECT_EQ(a.terms[t].idf, b.terms[t].idf);
    }
  }
}

// The judge must be able to convict: readable additions do change what comes back.
TEST(RetrieverTwins, JudgeNoticesReadableDocuments) {
  TestLibrary plain, twin;
  Rng rng(7);
  for (int i = 0; i < 10; ++i) {
    const std::string text = make_text(rng);
    plain.put("doc" + std::to_string(i), text, "user:ana");
    twin.put("doc" + std::to_string(i), text, "user:ana");
  }
  twin.put("more", "leave leave leave", "user:ana");
  plain.commit();
  twin.commit();
  EXPECT_NE(seen(plain.ask("leave")), seen(twin.ask("leave")));
}

TEST(Retriever, ReturnsNothingToSomebodyWithoutRights) {
  TestLibrary library;
  library.put("secret", "The badge opens the vault.", "user:root");
  library.commit();
  EXPECT_TRUE(library.ask("badge vault").passages.empty());
}

TEST(Retriever, ReadsRightsAgainAfterRanking) {
  TestLibrary library;
  library.access().create_group("staff");
  library.access().add_member("user:ana", "group:staff");
  library.put("note", "The badge opens the plant.", "group:staff");
  library.commit();
  const access::Visibility before = library.access().visibility(library.ana());
  library.access().remove_member("user:ana", "group:staff");
  // The stale Visibility still admits the document to the rankers; the last check does not.
  const Retriever retriever(library.library().reader(), library.access());
  const Retrieval found = retriever.retrieve(before, "badge", {}, CancelToken{});
  EXPECT_TRUE(found.passages.empty());
  EXPECT_EQ(found.epoch, library.access().epoch());
}

TEST(Retriever, HighlightsLieInsideThePassageOnWordsOfTheQuestion) {
  TestLibrary library;
  library.put("a", "Badges are worn. A visitor wears a badge too.", "user:ana");
  library.commit();
  const Retrieval found = library.ask("badge of visitors");
  ASSERT_EQ(found.passages.size(), 1U);
  const Passage& passage = found.passages.front();
  std::set<std::string> marked;
  for (const ByteRange& span : passage.highlights) {
    ASSERT_LE(span.end, passage.text.size());
    marked.insert(passage.text.substr(span.begin, span.size()));
  }
  EXPECT_EQ(marked, (std::set<std::string>{"Badges", "visitor", "badge"}));
  EXPECT_DOUBLE_EQ(passage.coverage, 1.0);
}

TEST(Retriever, FoldsCopiesButNotWhereDocumentsAreRanked) {
  TestLibrary library;
  const std::string text = "Visitors sign in at the desk and wear a badge in the plant.";
  library.put("a", text, "user:ana");
  library.put("b", text, "user:ana");
  library.commit();
  EXPECT_EQ(library.ask("visitors badge").passages.size(), 1U);
  RetrieveOptions documents;
  documents.one_per_document = true;
  EXPECT_EQ(library.ask("visitors badge", documents).passages.size(), 2U);
}

TEST(Retriever, HoldsPhrasesExclusionsAndFilters) {
  TestLibrary library;
  library.put("a", "The annual leave of staff in Ghent.", "user:ana");
  library.put("b", "Leave the annual report in Leeds.", "user:ana");
  library.commit();
  const auto uris = [&](const std::string& question) {
    std::set<std::string> out;
    for (const Passage& p : library.ask(question).passages) out.insert(p.uri);
    return out;
  };
  EXPECT_EQ(uris("annual leave"), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(uris("\"annual leave\""), (std::set<std::string>{"a"}));
  EXPECT_EQ(uris("annual leave -Leeds"), (std::set<std::string>{"a"}));
  EXPECT_EQ(uris("annual leave uri:b"), (std::set<std::string>{"b"}));
  EXPECT_TRUE(uris("annual leave collection:other").empty());
}

TEST(Retriever, RefusesOptionsOutOfRange) {
  TestLibrary library;
  RetrieveOptions none;
  none.passages_max = 0;
  EXPECT_THROW(library.ask("badge", none), Error);
}

}  // namespace
}  // namespace carrel::retrieve

// Claims: a list that the border of a chunk cut comes with its other half, marked as such, from the
// same section and document only; a list that ends comes alone; what an exclusion keeps out stays
// out; a right taken away takes the neighbour away too.
#include "retrieve/continuation.h"

#include <gtest/gtest.h>

#include "tests/support/library_fixture.h"

namespace carrel::retrieve {
namespace {

struct Piece {
  std::string section, text;
};

class CutLibrary {
 public:
  CutLibrary() : ana_(fixture_.user("ana", "internal")), ben_(fixture_.user("ben", "internal")) {}

  void put(const std::string& name, const std::vector<Piece>& pieces) {
    std::vector<std::string> texts;
    for (const Piece& piece : pieces) texts.push_back(piece.text);
    index::NewDocument document = testing::make_document(name, name, texts, {"user:ana"});
    for (std::size_t i = 0; i < pieces.size(); ++i) document.chunks[i].section = pieces[i].section;
    fixture_.library->writer().put({&document, 1});
    fixture_.library->writer().commit_keywords();
  }

  // One passage is asked for, so that its neighbour can only come along.
  std::vector<Passage> ask(const std::string& question) const {
    const Retriever retriever(fixture_.library->reader(), *fixture_.access);
    RetrieveOptions options;
    options.passages_max = 1;
    options.continuations_max = 4;
    return retriever.retrieve(fixture_.access->visibility(ana_), question, options, CancelToken{})
        .passages;
  }

  std::vector<Passage> continued(std::vector<Passage> passages, bool as_ben) const {
    const access::Visibility visible = fixture_.access->visibility(as_ben ? ben_ : ana_);
    std::erase_if(passages, [](const Passage& passage) { return passage.continues; });
    add_continuations(fixture_.library->reader(), visible, 4, passages);
    return passages;
  }

 private:
  testing::LibraryFixture fixture_;
  PrincipalId ana_, ben_;
};

const std::vector<Piece> kSteps = {
    {"Badges", "To replace a lost badge:\n- Call the porter.\n- Fill in the yellow form."},
    {"Badges", "- Collect the new one at gate four."},
    {"Parking", "- Bicycles stand in the annex."}};

TEST(Continuations, ACutListComesWithItsOtherHalf) {
  CutLibrary library;
  library.put("badges.txt", kSteps);
  const std::vector<Passage> found = library.ask("How do I replace a lost badge?");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_FALSE(found[0].continues);
  EXPECT_TRUE(found[1].continues);
  EXPECT_EQ(found[1].text, kSteps[1].text);
  EXPECT_EQ(found[1].span.begin, kSteps[0].text.size() + 1);
}

TEST(Continuations, TheBeginningComesWhereTheEndWasFound) {
  CutLibrary library;
  library.put("badges.txt", kSteps);
  const std::vector<Passage> found = library.ask("collect at gate four");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].text, kSteps[0].text);
}

TEST(Continuations, AnotherSectionOrDocumentContinuesNothing) {
  CutLibrary library;
  library.put("parking.txt", {{"Parking", "Parking:\n- Cars stand in the garage."}});
  library.put("badges.txt", kSteps);
  EXPECT_EQ(library.ask("Where do cars stand?").size(), 1U);
  EXPECT_EQ(library.ask("Where do bicycles stand, in the annex?").size(), 1U);
}

TEST(Continuations, ProseNeedsNone) {
  CutLibrary library;
  library.put("prose.txt", {{"Heating", "The boiler is serviced in May."},
                            {"Heating", "The radiators are bled in June."}});
  EXPECT_EQ(library.ask("When is the boiler serviced?").size(), 1U);
}

TEST(Continuations, AnExclusionLetsNothingInBesideAPassage) {
  CutLibrary library;
  library.put("badges.txt", kSteps);
  EXPECT_EQ(library.ask("replace lost badge -collect").size(), 1U);
}

TEST(Continuations, WhoMayNotReadTheDocumentGetsNone) {
  CutLibrary library;
  library.put("badges.txt", kSteps);
  const std::vector<Passage> found = library.ask("How do I replace a lost badge?");
  EXPECT_EQ(library.continued(found, /*as_ben=*/false).size(), 2U);
  EXPECT_EQ(library.continued(found, /*as_ben=*/true).size(), 1U);
}

}  // namespace
}  // namespace carrel::retrieve

// Claim: highlights lie exactly on the question's words; only passages that say the same are
// folded.
#include "retrieve/highlight.h"

#include <string>

#include <gtest/gtest.h>

namespace carrel::retrieve {
namespace {

std::vector<std::string> marked(const std::string& text, const std::string& question) {
  const Analyzer analyzer;
  std::vector<Word> asked = analyzer.words(question);
  std::unordered_set<std::string_view> terms;
  for (const Word& word : asked)
    if (!word.is_stop_word) terms.insert(word.term);
  std::vector<std::string> out;
  std::size_t last = 0;
  for (const ByteRange& span : highlights(text, analyzer.words(text), terms)) {
    EXPECT_GE(span.begin, last);
    EXPECT_LT(span.begin, span.end);
    last = span.end;
    out.push_back(text.substr(span.begin, span.size()));
  }
  return out;
}

TEST(Highlights, MarkInflectedFormsAndNotTheirNeighbours) {
  EXPECT_EQ(marked("Employees carried five days over; a carrier did not.", "carry employee"),
            (std::vector<std::string>{"Employees carried"}));
}

TEST(Highlights, JoinWordsThatOnlyASpaceParts) {
  EXPECT_EQ(marked("The annual leave, and leave that is annual.", "annual leave"),
            (std::vector<std::string>{"annual leave", "leave", "annual"}));
}

TEST(Highlights, CountBytesOfAccentedText) {
  EXPECT_EQ(marked("Caf\u00E9 \u2014 r\u00E9sum\u00E9s welcome.", "resume"),
            (std::vector<std::string>{"r\u00E9sum\u00E9s"}));
}

bool folded(const std::string& a, const std::string& b) {
  const Analyzer analyzer;
  return near_identical(fingerprint(a, analyzer.words(a)), fingerprint(b, analyzer.words(b)));
}

TEST(NearIdentical, HoldsForCopiesThatDifferInLayout) {
  EXPECT_TRUE(folded("Badges are worn at all times in the plant.",
                     "Badges are worn  at all times\nin the Plant!"));
}

TEST(NearIdentical, DoesNotHoldWhereANumberDiffers) {
  const std::string policy =
      "The mileage rate for a private car is EUR 0.40 per kilometre, paid with the salary of the "
      "month after the claim was handed in and approved by the manager of the department.";
  std::string next_year = policy;
  next_year.replace(next_year.find("0.40"), 4, "0.43");
  EXPECT_TRUE(folded(policy, policy));
  EXPECT_FALSE(folded(policy, next_year));
}

}  // namespace
}  // namespace carrel::retrieve
